package policies

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/understudy-db/understudy/internal/fault"
)

// Secret is a setting that may hold a password or a key: text in which
// ${env:NAME}, ${file:PATH} and ${command:COMMAND} stand for values that are
// fetched only when a verb needs them. $${ is a literal ${. It prints as ***
// in every format.
type Secret struct {
	text string
	at   place
	set  bool
}

// IsSet tells whether anything was written, not whether it can be resolved.
func (s Secret) IsSet() bool { return s.set }

// String hides the text; the other methods do the same for their formats.
func (s Secret) String() string {
	if !s.set {
		return ""
	}
	return "***"
}

// GoString is String for %#v.
func (s Secret) GoString() string { return fmt.Sprintf("policies.Secret(%q)", s.String()) }

// Format is String for every other verb.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) }

// LogValue is String for slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText is String for JSON and other encodings.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

var secretReference = regexp.MustCompile(`\$\$\{|\$\{([a-z]*):?([^}]*)\}`)

// literal tells whether a secret was written out instead of referred to.
func (s Secret) literal() bool {
	for _, m := range secretReference.FindAllString(s.text, -1) {
		if m != "$${" {
			return false
		}
	}
	return true
}

// check finds references that can never be resolved, without resolving any.
func (s Secret) check(path string) *Problem {
	for _, m := range secretReference.FindAllStringSubmatch(s.text, -1) {
		if m[0] == "$${" {
			continue
		}
		switch m[1] {
		case "env", "file", "command":
			if strings.TrimSpace(m[2]) == "" {
				return s.at.problem(fault.Usage, path, "${%s:} names nothing", m[1])
			}
		default:
			return s.at.problem(fault.Usage, path, "a reference starts with env:, file: or command:").
				hint(`write "${env:NAME}", "${file:/path}" or "${command:program arguments}"; a literal ${ is $${`)
		}
	}
	if strings.Contains(secretReference.ReplaceAllString(s.text, ""), "${") {
		return s.at.problem(fault.Usage, path, "a reference ${…} is not closed")
	}
	return nil
}

// resolver fetches what secrets refer to.
type resolver struct {
	dir      string // relative file paths start here
	env      func(string) (string, bool)
	readFile func(string) ([]byte, error)
	stderr   io.Writer // of commands; nil discards
}

// resolve fetches a secret's text. Errors name the reference, never a value.
func (r *resolver) resolve(ctx context.Context, path string, s Secret) (string, error) {
	var problem *Problem
	out := secretReference.ReplaceAllStringFunc(s.text, func(m string) string {
		if m == "$${" {
			return "${"
		}
		kind, name, _ := strings.Cut(m[2:len(m)-1], ":")
		value, err := r.fetch(ctx, kind, strings.TrimSpace(name))
		if err != nil && problem == nil {
			if kind == "command" {
				m = "${command:…}" // its arguments may be secret themselves
			}
			problem = s.at.problem(fault.Usage, path, "%s: %v", m, err)
		}
		return value
	})
	if problem != nil {
		return "", Problems{problem}
	}
	if strings.TrimSpace(out) == "" {
		return "", Problems{s.at.problem(fault.Usage, path, "the value is empty")}
	}
	return out, nil
}

func (r *resolver) fetch(ctx context.Context, kind, name string) (string, error) {
	switch kind {
	case "env":
		v, ok := r.env(name)
		if !ok {
			return "", fmt.Errorf("the environment variable is not set")
		}
		return v, nil
	case "file":
		if !filepath.IsAbs(name) {
			name = filepath.Join(r.dir, name)
		}
		data, err := r.readFile(name)
		if err != nil {
			return "", fmt.Errorf("the file cannot be read: %w", err)
		}
		return trimNewline(data), nil
	}
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, "sh", "-c", name)
	cmd.Dir, cmd.Stdout, cmd.Stderr = r.dir, &out, r.stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("the command failed: %w", err)
	}
	return trimNewline(out.Bytes()), nil
}

// trimNewline removes the one line end that editors and echo add.
func trimNewline(b []byte) string {
	b = bytes.TrimSuffix(b, []byte("\n"))
	return string(bytes.TrimSuffix(b, []byte("\r")))
}

// secretText finds what must not be shown of a line: passwords in URLs and
// connection strings, and keys. The first group is what goes before.
var secretText = []*regexp.Regexp{
	regexp.MustCompile(`(://[^:@/\s"']*:)([^"']+)@`),
	regexp.MustCompile(`(?i)(pass(?:word|wd|phrase)?["']?\s*[:=]\s*["']?)([^\s"'&,}]+)`),
	regexp.MustCompile(`(?i)(understudy-key-[0-9]*:?)(\S+)`),
	regexp.MustCompile(`^(["']?key["']?\s*:\s*["']?)(.+)$`), // the configuration's own, not a column called key
}

// addressText is the address of a webhook or a service, whose path is often its
// secret.
var addressText = regexp.MustCompile(`(?i)\b(?:url|webhook|ping|pushgateway)["']?\s*:\s*["']?([a-z][a-z0-9+.-]*)://([^\s"',}]+)`)

var base64Text = regexp.MustCompile(`[A-Za-z0-9+/_-]{40,}={0,2}`)

// commandText is a command inside of a reference: its arguments may be secret.
var commandText = regexp.MustCompile(`(\$\{command:)([^}]*)`)

// hideSecrets stars out what could be a password or a key in a line of a file,
// keeping its width so that carets still point right. References stay
// readable, commands apart: they hold no secret themselves.
func hideSecrets(line string) string {
	hide := func(from, to int) {
		line = line[:from] + strings.Repeat("*", len([]rune(line[from:to]))) + line[to:]
	}
	for _, m := range backwards(commandText.FindAllStringSubmatchIndex(line, -1)) {
		hide(m[4], m[5])
	}
	star := func(from, to int) {
		if !strings.Contains(line[from:to], "${") {
			hide(from, to)
		}
	}
	for _, re := range secretText {
		for _, m := range backwards(re.FindAllStringSubmatchIndex(line, -1)) {
			star(m[4], m[5])
		}
	}
	for _, m := range backwards(addressText.FindAllStringSubmatchIndex(line, -1)) {
		if !strings.HasPrefix(line[m[2]:m[3]], "postgres") {
			star(m[4], m[5])
		}
	}
	for _, m := range backwards(base64Text.FindAllStringIndex(line, -1)) {
		if _, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(line[m[0]:m[1]], "=")); err == nil {
			star(m[0], m[1])
		}
	}
	return line
}

func backwards[T any](s []T) []T {
	out := make([]T, 0, len(s))
	for i := len(s) - 1; i >= 0; i-- {
		out = append(out, s[i])
	}
	return out
}
