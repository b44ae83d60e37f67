package mask

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"
)

func commandSpec() *Spec {
	return define(Spec{
		Name:    "command",
		Summary: "what a program of yours makes of the value",
		Doc: `Hands each value to a program and writes what it answers: for rules that nothing here expresses. The program is started once for each
worker, without a shell, and speaks JSON, one object a line. It reads first

` + "```json" + `
{"understudy": 1, "table": "public.users", "column": "badge", "type": "text", "with": ["country"]}
` + "```" + `

then one line for each value, in the text form that PostgreSQL prints, and answers each at once with one line:

` + "```json" + `
{"key": "5f0c…", "value": "A-1234", "with": ["de"]}
{"value": "X-9981"}
` + "```" + `

` + "`key`" + ` is 32 hexadecimal digits drawn for the subject (or row, or value in its domain): a program that derives its answer from them alone gives the same
fake in every refresh, and the real value does not enter. ` + "`with`" + ` are the source's values of other columns of the row, null among them. ` + "`{\"value\": null}`" + `
writes NULL; ` + "`{\"error\": \"…\"}`" + ` ends the run with exit code 5. NULL and empty strings are not sent.

An answer that does not come within ` + "`timeout`" + `, or is none, or does not fit the column's type, ends the run too, and so does a program that exits; unless
` + "`restarts`" + ` are left: then it is started again and asked the same value. Nothing that it writes to standard error is shown, since that may quote
values. Its environment is a plain PATH and nothing else: no key, no connection string. It must not keep values, and must flush each line.`,
		Example: "badge: { mask: command, command: [/usr/local/bin/badges, --mask], with: [country] }",
		Params: []Param{
			{Name: "command", Type: Strings, Required: true, Doc: "the program and its arguments"},
			{Name: "with", Type: Strings, Doc: "other columns of the row to send along"},
			{Name: "timeout", Type: Integer, Default: int64(10), Doc: "seconds that an answer may take, 1 to 600"},
			{Name: "restarts", Type: Integer, Default: int64(0), Doc: "how often a program that exits is started again in a run, 0 to 100"},
		},
		Accepts: []Kind{Text, Int, Numeric, Float, Bool, Date, Timestamp, TimestampTZ, UUID, JSON, JSONB, Enum, XML},
		Keyed:   []Keyed{BySubject, ByValue},
	}, func(r *rule) (*compiled, *ParamError) {
		command := r.params.strings("command")
		if len(command) == 0 || command[0] == "" {
			return nil, &ParamError{Param: "command", Msg: "names no program"}
		}
		if err := r.params.between("timeout", 1, 600); err != nil {
			return nil, err
		}
		if err := r.params.between("restarts", 0, 100); err != nil {
			return nil, err
		}
		if r.bind.Keys != nil { // about to run
			if _, err := exec.LookPath(command[0]); err != nil {
				return nil, &ParamError{Param: "command", Msg: "there is no such program, or it may not be run", Hint: "name it by its absolute path"}
			}
		}
		props := r.needs(byRow, Properties{NeedsValue: true, WritesNull: !r.col.NotNull, PrivacyRank: 5})
		props.NeedsSubject = r.bind.Keyed == BySubject && r.bind.Subject != ""
		hello, err := json.Marshal(map[string]any{"understudy": 1, "table": r.col.Table, "column": r.col.Name, "type": r.col.typeName(), "with": r.params.strings("with")})
		if err != nil {
			return nil, &ParamError{Msg: "the column's name is no text"}
		}
		pool := &programs{
			command: command, hello: append(hello, '\n'), restarts: int(r.params.int("restarts")),
			timeout: time.Duration(r.params.int("timeout")) * time.Second,
		}
		return &compiled{props: props, start: func() Masker {
			k := r.columnKeyer()
			return &commandMask{pool: pool, keyer: k, col: r.col, with: len(r.params.strings("with"))}
		}}, nil
	})
}

// programs are the running copies of a rule's program: as many as workers ask
// at the same time. One that nobody asks for idleProgram is let go.
type programs struct {
	command  []string
	hello    []byte
	timeout  time.Duration
	restarts int

	mu   sync.Mutex
	idle []*program
}

const idleProgram = 5 * time.Second

// program is one running copy.
type program struct {
	cmd   *exec.Cmd
	in    *os.File
	out   *os.File
	lines *bufio.Reader
	let   *time.Timer // ends it when it has been idle
}

func (p *programs) take() (*program, error) {
	p.mu.Lock()
	for len(p.idle) > 0 {
		one := p.idle[len(p.idle)-1]
		p.idle = p.idle[:len(p.idle)-1]
		if one.let.Stop() {
			p.mu.Unlock()
			return one, nil
		}
	}
	p.mu.Unlock()
	return p.start()
}

func (p *programs) give(one *program) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, one)
	one.let = time.AfterFunc(idleProgram, one.end)
}

// longestAnswer is how much of a line is read at once; longer ones are read on.
const longestAnswer = 64 << 10

func (p *programs) start() (*program, error) {
	childIn, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	out, childOut, err := os.Pipe()
	if err != nil {
		_ = childIn.Close()
		_ = in.Close()
		return nil, err
	}
	one := &program{cmd: exec.Command(p.command[0], p.command[1:]...), in: in, out: out, lines: bufio.NewReaderSize(out, longestAnswer)}
	one.cmd.Stdin, one.cmd.Stdout = childIn, childOut
	one.cmd.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
	err = one.cmd.Start()
	_ = childIn.Close()
	_ = childOut.Close()
	if err == nil {
		_, err = in.Write(p.hello)
	}
	if err != nil {
		one.end()
		return nil, err
	}
	return one, nil
}

// end closes the program's input, which is its sign to exit, and kills it where
// it does not within endProgram.
func (o *program) end() {
	_ = o.in.Close()
	if o.cmd.Process != nil {
		kill := time.AfterFunc(endProgram, func() { _ = o.cmd.Process.Kill() })
		_ = o.cmd.Wait()
		kill.Stop()
	}
	_ = o.out.Close()
}

// endProgram is how long a program may take to end.
const endProgram = time.Second

// ask sends one line and reads one.
func (o *program) ask(line []byte, timeout time.Duration) (answer []byte, err error) {
	until := time.Now().Add(timeout)
	if err := o.in.SetWriteDeadline(until); err != nil {
		return nil, err
	}
	if err := o.out.SetReadDeadline(until); err != nil {
		return nil, err
	}
	if _, err := o.in.Write(line); err != nil {
		return nil, err
	}
	return o.lines.ReadBytes('\n')
}

type commandMask struct {
	pool  *programs
	keyer keyer
	col   Column
	with  int
	line  []byte
	text  []byte
}

func (m *commandMask) Append(dst []byte, in *Input) ([]byte, Outcome) {
	line, ok := m.question(in)
	if !ok {
		in.Failure = "the value cannot be sent to a program as text"
		return dst, Failed
	}
	var answer []byte
	for try := 0; ; try++ {
		one, err := m.pool.take()
		if err == nil {
			if answer, err = one.ask(line, m.pool.timeout); err == nil {
				m.pool.give(one)
				break
			}
			if os.IsTimeout(err) {
				_ = one.cmd.Process.Kill()
			}
			one.end()
		}
		switch {
		case os.IsTimeout(err):
			in.Failure = "the program gave no answer within " + m.pool.timeout.String()
			return dst, Failed
		case try >= m.pool.restarts:
			in.Failure = "the program has exited, or cannot be started"
			return dst, Failed
		}
	}
	var reply struct {
		Value json.RawMessage
		Error json.RawMessage
	}
	if err := json.Unmarshal(answer, &reply); err != nil || reply.Value == nil && reply.Error == nil {
		in.Failure = "the program's answer is no line of JSON with a value"
		return dst, Failed
	}
	if reply.Error != nil {
		in.Failure = "the program answered with an error"
		return dst, Failed
	}
	if string(reply.Value) == "null" {
		if m.col.NotNull {
			in.Failure = "the program answered null, and the column is NOT NULL"
			return dst, Failed
		}
		return dst, Null
	}
	text := string(reply.Value) // numbers and booleans as they are
	if text[0] == '"' {
		if err := json.Unmarshal(reply.Value, &text); err != nil {
			in.Failure = "the program's answer is no text"
			return dst, Failed
		}
	}
	at := len(dst)
	out, ok := appendTyped(dst, &m.col, []byte(text))
	if !ok || m.col.Kind == Text && runes(out[at:]) > m.col.room() {
		in.Failure = "the program's answer does not fit the column's type"
		return dst, Failed
	}
	return out, Masked
}

// question is the line for one value.
func (m *commandMask) question(in *Input) ([]byte, bool) {
	var ok bool
	if m.text, ok = appendTextOf(m.text[:0], &m.col, in.Value); !ok {
		return nil, false
	}
	d := m.keyer.half(in)
	var key [16]byte
	for i := range key {
		key[i] = byte(d[i/8] >> (8 * (i % 8)))
	}
	m.line = append(m.line[:0], `{"key":"`...)
	m.line = append(hex.AppendEncode(m.line, key[:]), `","value":`...)
	m.line = append(appendJSONText(append(m.line, '"'), m.text), '"')
	for i := range m.with {
		if i == 0 {
			m.line = append(m.line, `,"with":[`...)
		} else {
			m.line = append(m.line, ',')
		}
		if i >= len(in.Afters) || in.Afters[i] == nil {
			m.line = append(m.line, "null"...)
		} else {
			m.line = append(appendJSONText(append(m.line, '"'), in.Afters[i]), '"')
		}
	}
	if m.with > 0 {
		m.line = append(m.line, ']')
	}
	return append(m.line, '}', '\n'), true
}

// appendTextOf appends a value's text form.
func appendTextOf(dst []byte, c *Column, v []byte) ([]byte, bool) {
	if c.Wire == TextWire {
		return append(dst, v...), true
	}
	switch c.Kind {
	case JSONB:
		if len(v) == 0 {
			return dst, false
		}
		return append(dst, v[1:]...), true
	case Int, UUID, Date, Timestamp, TimestampTZ:
		return AppendText(dst, c.Kind, v)
	case Numeric:
		return appendNumericText(dst, c.Wire, v)
	case Float:
		f, ok := readFloat(c.Wire, v)
		text := *c
		text.Wire = TextWire
		return appendFloat(dst, &text, f), ok
	case Bool:
		return appendBool(dst, TextWire, len(v) == 1 && v[0] == 1), true
	}
	return append(dst, v...), true
}

// appendTyped appends text as a value of the column's type; false where it is none.
func appendTyped(dst []byte, c *Column, v []byte) ([]byte, bool) {
	switch c.Kind {
	case Int:
		n, ok := parseInt(v)
		lo, hi := intRange(c.Bits)
		return appendInt(dst, c, n), ok && n >= lo && n <= hi
	case Numeric:
		if !isDecimal(v) {
			return dst, false
		}
		return appendNumeric(dst, c.Wire, v), true
	case Float:
		f, err := strconv.ParseFloat(string(v), 64)
		return appendFloat(dst, c, f), err == nil
	case Bool:
		switch string(v) {
		case "true", "t":
			return appendBool(dst, c.Wire, true), true
		case "false", "f":
			return appendBool(dst, c.Wire, false), true
		}
		return dst, false
	case UUID:
		u, ok := parseUUID(v)
		return appendUUID(dst, c.Wire, u), ok
	case Date:
		day, ok := readDate(TextWire, v)
		return appendDate(dst, c.Wire, day), ok
	case Timestamp, TimestampTZ:
		t, ok := readTimestamp(TextWire, v)
		return appendTimestamp(dst, c, t), ok
	case Enum:
		for _, label := range c.Labels {
			if label == string(v) {
				return append(dst, v...), true
			}
		}
		return dst, false
	case JSON, JSONB:
		return appendJSONB(dst, c, string(v)), json.Valid(v)
	}
	return append(dst, v...), !strings.Contains(string(v), "\x00")
}
