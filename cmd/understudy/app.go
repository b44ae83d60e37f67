package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/policies"
)

// app is what all verbs share: streams, global flags, and the three voices
// error, warning and hint.
type app struct {
	stdin io.Reader
	out   io.Writer // results
	err   io.Writer // progress, warnings, errors

	configPath string
	output     string // text or json
	verbose    bool
	quiet      bool
	overrides  map[string]*string // setting path → flag value, where given
	source     *string            // --source of init
	reason     string             // why a verb is run, for the history

	running  bool // a verb has begun its work: errors before are about the command line
	mu       sync.Mutex
	progress *progress // clears its lines before anything else is written
	partial  any       // the result so far of a verb that fails: see failWith
}

func (a *app) globalFlags(root *cobra.Command) {
	f := root.PersistentFlags()
	f.StringVarP(&a.configPath, "config", "c", "", "configuration file (default ./understudy.yaml, or UNDERSTUDY_CONFIG)")
	f.StringVar(&a.output, "output", "text", "form of results on standard output: text or json (one JSON object a line, the result last)")
	f.BoolVarP(&a.verbose, "verbose", "v", false, "log every step to standard error")
	f.BoolVarP(&a.quiet, "quiet", "q", false, "no progress, only warnings and errors")
	root.PersistentPreRunE = func(*cobra.Command, []string) error {
		if a.output != "text" && a.output != "json" {
			return fault.New(fault.Usage, "--output is %q", a.output).WithHint("use text or json")
		}
		return nil
	}
}

// settingFlags adds a flag for every setting of the configuration file.
func (a *app) settingFlags(c *cobra.Command) {
	if a.overrides == nil {
		a.overrides = map[string]*string{}
	}
	for _, s := range policies.Settings() {
		if s.Flag == "" || c.Flags().Lookup(s.Flag) != nil {
			continue
		}
		value := new(string)
		c.Flags().StringVar(value, s.Flag, "", flagHelp(s))
		path, flag := s.Path, s.Flag
		prior := c.PreRunE
		c.PreRunE = func(c *cobra.Command, args []string) error {
			if c.Flags().Changed(flag) {
				a.overrides[path] = value
			}
			if prior != nil {
				return prior(c, args)
			}
			return nil
		}
	}
}

// flagHelp is the first sentence of a setting's documentation, with its name
// in the configuration file and its default.
func flagHelp(s policies.Setting) string {
	doc, _, _ := strings.Cut(s.Doc, ". ")
	doc, _, _ = strings.Cut(strings.TrimSuffix(doc, "."), ": ")
	place := s.Path
	if s.Default != "" {
		place += ", default " + s.Default
	}
	return doc + " [" + place + "]"
}

// config loads the configuration file with flags and environment on top.
func (a *app) config() (*policies.Config, error) { return a.loadConfig(false) }

// optionalConfig is config for verbs that can do without a file.
func (a *app) optionalConfig() (*policies.Config, error) { return a.loadConfig(true) }

func (a *app) loadConfig(optional bool) (*policies.Config, error) {
	path := a.configPath
	if path == "" {
		path = os.Getenv("UNDERSTUDY_CONFIG")
	}
	if path == "" {
		path = policies.DefaultConfigFile
	} else {
		optional = false
	}
	overrides := map[string]string{}
	for k, v := range a.overrides {
		overrides[k] = *v
	}
	c, err := policies.LoadConfig(path, policies.LoadOptions{Optional: optional, Env: os.LookupEnv, Overrides: overrides, CommandStderr: a.err})
	if err != nil {
		return nil, err
	}
	for _, w := range c.Warnings {
		a.warnEvent(w.Error())
	}
	return c, nil
}

// logger writes to standard error: text for people, JSON lines with --output json.
func (a *app) logger() *slog.Logger {
	level := slog.LevelWarn
	if a.verbose {
		level = slog.LevelDebug
	}
	o := &slog.HandlerOptions{Level: level}
	w := &lineWriter{a}
	if a.output == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

// serveLogger is logger for who runs for days: from info on.
func (a *app) serveLogger() *slog.Logger {
	o := &slog.HandlerOptions{Level: slog.LevelInfo}
	if a.verbose {
		o.Level = slog.LevelDebug
	}
	if a.output == "json" {
		return slog.New(slog.NewJSONHandler(&lineWriter{a}, o))
	}
	return slog.New(slog.NewTextHandler(&lineWriter{a}, o))
}

// lineWriter keeps log lines and progress bars from overwriting each other.
type lineWriter struct{ a *app }

func (w *lineWriter) Write(p []byte) (int, error) {
	w.a.say(string(p))
	return len(p), nil
}

// checkedWriter remembers that a result could not be written: a full disk, a
// reader that has gone.
type checkedWriter struct {
	w   io.Writer
	err error
}

func (c *checkedWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	if err != nil && c.err == nil {
		c.err = err
	}
	return n, err
}

// failure is what became of a verb that did its work and could not say so.
func (c *checkedWriter) failure() error {
	if c.err == nil {
		return nil
	}
	return fault.Wrap(fault.Other, c.err, "the work is done, but its result could not be written to standard output").
		WithHint("`understudy status` shows what staging serves")
}

// say writes to standard error around the progress display.
func (a *app) say(s string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.progress != nil && a.progress.write(s) {
		return
	}
	_, _ = io.WriteString(a.err, s)
}

func (a *app) warn(msg string) { a.say("warning: " + msg + "\n") }
func (a *app) hint(msg string) { a.say("hint: " + msg + "\n") }

// result writes a verb's result: JSON as one line, or text by the given function.
func (a *app) result(v any, text func()) error {
	if a.output == "json" {
		return a.jsonLine(v)
	}
	text()
	return nil
}

// marshalLine is v as one line of JSON; v is made of plain values only.
func marshalLine(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b) + "\n"
}

func (a *app) jsonLine(v any) error {
	enc := json.NewEncoder(a.out)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// failure is the last JSON line of a verb that failed without a result of its own.
type failure struct {
	Outcome  string          `json:"outcome"`
	ExitCode int             `json:"exit_code"`
	Error    string          `json:"error"`
	Where    string          `json:"where,omitempty"`
	Hint     string          `json:"hint,omitempty"`
	Problems []problemOutput `json:"problems,omitempty"`
}

type problemOutput struct {
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Where   string `json:"where,omitempty"`
	Drift   string `json:"drift,omitempty"` // kind of a change of the source's schema
	Problem string `json:"problem"`
	Hint    string `json:"hint,omitempty"`
}

func problemOutputs(ps policies.Problems) []problemOutput {
	var out []problemOutput
	for _, p := range ps {
		out = append(out, problemOutput{p.File, p.Line, p.Col, p.Where, p.Drift, p.Msg, p.Hint})
	}
	return out
}

// fail is the only place that shows an error to the user.
func (a *app) fail(err error, code int) {
	var ps policies.Problems
	isProblems := errors.As(err, &ps)
	if a.output == "json" {
		if a.partial != nil {
			_ = a.jsonLine(a.partial)
		} else {
			f := failure{Outcome: "failed", ExitCode: code, Error: err.Error()}
			var e *fault.Error
			if errors.As(err, &e) {
				f.Where, f.Hint = e.Where, e.Hint
			}
			if isProblems {
				f.Error, f.Problems = fmt.Sprintf("%d problems", len(ps)), problemOutputs(ps)
			}
			_ = a.jsonLine(f)
		}
	}
	if isProblems {
		a.say(ps.Error() + "\n")
		a.say(fmt.Sprintf("error: %d problem(s)\n", len(ps)))
		return
	}
	a.say("error: " + err.Error() + "\n")
	for _, h := range hints(err) {
		a.hint(h)
	}
}

// hints are those of all faults in the chain, outermost first. Layers that pass
// a hint on say it once.
func hints(err error) []string {
	var out []string
	for err != nil {
		var e *fault.Error
		if !errors.As(err, &e) {
			break
		}
		if e.Hint != "" && !slices.Contains(out, e.Hint) {
			out = append(out, e.Hint)
		}
		err = e.Err
	}
	return out
}

// isTTY tells whether a stream is a terminal that people look at.
func isTTY(w any) bool {
	if c, ok := w.(*checkedWriter); ok {
		w = c.w
	}
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) && os.Getenv("CI") == "" && os.Getenv("TERM") != "dumb"
}
