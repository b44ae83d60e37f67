package main

import (
	"os"
	"regexp"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/understudy-db/understudy/internal/fault"
)

func (a *app) manCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "man DIR",
		Short: "Write man pages, one for each command, into a folder",
		Long: `Writes understudy.1, understudy-refresh.1 and so on into DIR, which is made if it is
missing. They say what --help says.`,
		Example: `  understudy man /usr/local/share/man/man1 && man understudy-refresh`,
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return fault.Wrap(fault.Usage, err, "make the folder for man pages")
			}
			forMan(c.Root())
			header := &doc.GenManHeader{Section: "1", Source: "understudy " + toolVersion(), Manual: "understudy"}
			if err := doc.GenManTree(c.Root(), header, args[0]); err != nil {
				return fault.Wrap(fault.Usage, err, "write man pages")
			}
			return nil
		},
	}
}

// indented are lines of a help text that stay as they are, such as commands.
var (
	indented = regexp.MustCompile(`(?m)(?:^  .*\n?)+`)
	indent   = regexp.MustCompile(`(?m)^  `)
)

// forMan makes help texts Markdown, which man pages are made from.
func forMan(c *cobra.Command) {
	c.DisableAutoGenTag = true // no line about the tool and the day that made the page
	c.Long = indented.ReplaceAllStringFunc(c.Long, func(lines string) string {
		return "\n" + indent.ReplaceAllString(lines, "    ") + "\n"
	})
	for _, sub := range c.Commands() {
		forMan(sub)
	}
}
