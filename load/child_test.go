package load

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// The tests of crashes run this test binary again as a child, which acts on
// the target as a run would, and kill it without warning.
const (
	childVariable = "UNDERSTUDY_LOAD_CHILD" // what to do
	childConfig   = "UNDERSTUDY_LOAD_CHILD_CONFIG"
)

// child is a run in a process of its own.
type child struct {
	t    testing.TB
	cmd  *exec.Cmd
	in   io.Writer
	said chan string
}

// goOn lets the child take the step that it has announced.
func (c *child) goOn() {
	c.t.Helper()
	if _, err := io.WriteString(c.in, "\n"); err != nil {
		c.t.Fatal(err)
	}
}

// startChild starts a run that does what act says.
func (tg *target) startChild(act string, args ...string) *child {
	tg.t.Helper()
	exe, err := os.Executable()
	if err != nil {
		tg.t.Fatal(err)
	}
	cfg := tg.config()
	cmd := exec.Command(exe, "-test.run=^$")
	cmd.Env = append(os.Environ(), childVariable+"="+act,
		childConfig+"="+strings.Join(append([]string{cfg.DSN.Reveal(), cfg.Staging, cfg.Owner}, args...), "\n"))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		tg.t.Fatal(err)
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		tg.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tg.t.Fatal(err)
	}
	c := &child{t: tg.t, cmd: cmd, in: in, said: make(chan string, 64)}
	go func() {
		defer close(c.said)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			c.said <- lines.Text()
		}
	}()
	tg.t.Cleanup(c.kill)
	return c
}

// kill is kill -9.
func (c *child) kill() {
	if c.cmd.ProcessState == nil {
		_ = c.cmd.Process.Kill()
		for range c.said {
		}
		_ = c.cmd.Wait()
	}
}

// await waits until the child says a line that begins like this.
func (c *child) await(prefix string) string {
	c.t.Helper()
	timeout := time.After(time.Minute)
	for {
		select {
		case line, ok := <-c.said:
			if !ok {
				c.t.Fatalf("the child ended without saying %q", prefix)
			}
			if rest, ok := strings.CutPrefix(line, prefix); ok {
				return rest
			}
			c.t.Log("child:", line)
		case <-timeout:
			c.t.Fatalf("the child did not say %q", prefix)
		}
	}
}

// childMain is what the child does: its script, each step announced.
func childMain(act string) int {
	if err := childRun(act); err != nil {
		fmt.Println("error", fault.KindOf(err), err)
		return 1
	}
	fmt.Println("done")
	return 0
}

func childRun(act string) error {
	ctx := context.Background()
	args := strings.Split(os.Getenv(childConfig), "\n")
	cfg := Config{
		DSN: catalog.DSN(args[0]), Staging: args[1], Owner: args[2], Project: "shop", RunID: "child", Keep: 1, Pristine: "true",
	}
	s, err := Open(ctx, cfg)
	if err != nil {
		return err
	}
	defer s.Close()
	ctx, release, err := s.LockBuild(ctx)
	if err != nil {
		return err
	}
	defer release()
	fmt.Println("locked")
	like := catalog.Database{Encoding: "UTF8", LocaleProvider: 'c'}
	switch act {
	case "hold":
		select {}
	case "load":
		return childLoad(ctx, s, like)
	case "publish":
		b, err := s.Create(ctx, like)
		if err != nil {
			return err
		}
		err = b.with(ctx, "test", func(conn *pgx.Conn) error {
			_, err := conn.Exec(ctx, "CREATE TABLE public.note AS SELECT 'the child''s'::text AS text")
			return err
		})
		if err != nil {
			return err
		}
		if err := b.Seal(ctx, testProvenance); err != nil {
			return err
		}
		fmt.Println("sealed", b.Number())
		steps := bufio.NewReader(os.Stdin)
		r, err := s.Publish(ctx, b.Number(), PublishOptions{Progress: func(step string) {
			fmt.Println("step", step)
			_, _ = steps.ReadString('\n') // goes on when it is told to
		}})
		if err != nil {
			return err
		}
		fmt.Println("live", r.Generation)
		return nil
	}
	return fmt.Errorf("unknown act %q", act)
}

// childLoad sends rows into a table until it is killed.
func childLoad(ctx context.Context, s *Server, like catalog.Database) error {
	b, err := s.Create(ctx, like)
	if err != nil {
		return err
	}
	conn, err := b.connect(ctx, "test", nil)
	if err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, "CREATE TABLE public.t (id int, v text)"); err != nil {
		return err
	}
	w, err := b.OpenTable(ctx, tableLoad("t", "id", "v"))
	if err != nil {
		return err
	}
	row := []byte("1\t" + strings.Repeat("x", 1000) + "\n")
	for i := 0; ; i++ {
		if _, err := w.Write(row); err != nil {
			return err
		}
		if i == 5000 {
			fmt.Println("loading", b.Name())
		}
	}
}

// tableLoad is a frozen text load of a table in public.
func tableLoad(table string, columns ...string) TableLoad {
	t := &catalog.Table{Name: catalog.Name{Schema: "public", Name: table}, Kind: catalog.Ordinary}
	for i, c := range columns {
		t.Columns = append(t.Columns, &catalog.Column{Num: int16(i + 1), Name: c})
	}
	return TableLoad{Table: t, Columns: columns, Frozen: true}
}
