package main

import (
	"strings"

	"github.com/mattn/go-runewidth"
)

// textWidth is how wide text for people is at most, in terminal columns.
const textWidth = 80

// wrap breaks text into lines of at most width columns at blanks. A word that
// is longer stands on a line of its own, whole: it may have to be copied.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case runewidth.StringWidth(line)+1+runewidth.StringWidth(word) <= width:
			line += " " + word
		default:
			lines, line = append(lines, line), word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// labelled writes a label and a text beside it, wrapped.
func labelled(b *strings.Builder, label, text string) {
	const left = 14
	for i, line := range wrap(text, textWidth-left) {
		if i > 0 {
			label = ""
		}
		b.WriteString("  " + runewidth.FillRight(label, left-2) + line + "\n")
	}
}
