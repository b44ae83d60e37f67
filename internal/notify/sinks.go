package notify

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"text/template"
	"time"

	"github.com/nicholas-fedor/shoutrrr"
)

// Sinks are whom to tell, with their secrets.
type Sinks struct {
	Project string
	Staging string

	Webhook string // URL; empty: none
	Secret  string // of the webhook's signature; empty: not signed
	Format  string // of the webhook: standard or slack
	Events  []string

	Services []Service
	Ping     string // URL of the dead man's switch; empty: none
}

// Service is one that shoutrrr knows.
type Service struct {
	URL      string
	Events   []string
	Template *template.Template // of the message; nil: the event's text
}

// Any tells whether somebody wants to know of an event.
func (s *Sinks) Any(event string) bool {
	if s.Webhook != "" && wanted(s.Events, event) {
		return true
	}
	for _, v := range s.Services {
		if wanted(v.Events, event) {
			return true
		}
	}
	return false
}

// Tell tells everybody who wants to know, also when ctx has ended, and takes a
// minute at most. The errors are one for each sink that was not reached.
func (s *Sinks) Tell(ctx context.Context, e Event) []error {
	e.Time, e.Project, e.Staging = time.Now().UTC(), s.Project, s.Staging
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendFor)
	defer cancel()
	var tries []func() error
	if s.Webhook != "" && wanted(s.Events, e.Type) {
		tries = append(tries, func() error {
			if err := post(ctx, s.Webhook, s.Secret, s.Format, e); err != nil {
				return fmt.Errorf("webhook: %w", err)
			}
			return nil
		})
	}
	for i, v := range s.Services {
		if !wanted(v.Events, e.Type) {
			continue
		}
		tries = append(tries, func() error {
			if err := v.send(ctx, e); err != nil {
				return fmt.Errorf("notify.services[%d] (%s): %w", i, Scheme(v.URL), err)
			}
			return nil
		})
	}
	answers := make(chan error, len(tries))
	for _, try := range tries {
		go func() { answers <- try() }()
	}
	var failed []error
	for range tries {
		if err := <-answers; err != nil {
			failed = append(failed, err)
		}
	}
	return failed
}

// Alive tells the dead man's switch that all is well.
func (s *Sinks) Alive(ctx context.Context) error {
	if s.Ping == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendFor)
	defer cancel()
	if err := ping(ctx, s.Ping); err != nil {
		return fmt.Errorf("the ping was not taken: %w", err)
	}
	return nil
}

// send tries a few times. The library's errors quote the URL, so they are not
// passed on, and it knows no context, so that a try that hangs is left behind.
func (v Service) send(ctx context.Context, e Event) error {
	text := "understudy: " + e.Text
	if v.Template != nil {
		var b strings.Builder
		if err := v.Template.Execute(&b, e); err != nil {
			return errors.New("its template fails")
		}
		text = b.String()
	}
	return retry(ctx, func(ctx context.Context) error {
		done := make(chan error, 1)
		go func() {
			sender, err := shoutrrr.CreateSender(v.URL)
			if err != nil {
				done <- permanent("the URL cannot be used")
				return
			}
			err = errors.Join(sender.Send(text, nil)...)
			if err != nil {
				err = errors.New("not delivered")
			}
			done <- err
		}()
		select {
		case err := <-done:
			return err
		case <-ctx.Done():
			return errors.New("no answer")
		}
	})
}

// CheckURL tells what is wrong with the URL of a service, without repeating it.
func CheckURL(s string) error {
	switch scheme := Scheme(s); scheme {
	case "http", "https":
		return fmt.Errorf("%s is no service of shoutrrr: a webhook of your own is notify.webhook, or generic+%s://…", scheme, scheme)
	case "logger":
		return errors.New("logger tells nobody")
	}
	if _, err := shoutrrr.CreateSender(s); err != nil {
		return errors.New("shoutrrr cannot use this URL: want service://… as its documentation has it, such as slack://hook:TOKEN@webhook, discord://TOKEN@ID, telegram://TOKEN@telegram?chats=ID, smtp://USER:PASSWORD@HOST/?from=F&to=T or generic+https://HOST/PATH")
	}
	return nil
}

// Scheme is the name of the service, which is no secret.
func Scheme(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return "?"
	}
	return u.Scheme
}

// ParseTemplate reads a template of Go's text/template over an Event and tries it.
func ParseTemplate(text string) (*template.Template, error) {
	t, err := template.New("").Parse(text)
	if err != nil {
		return nil, errors.New(strings.TrimPrefix(strings.TrimPrefix(err.Error(), "template: :1: "), "template: :"))
	}
	var b strings.Builder
	if err := t.Execute(&b, Event{Type: "run.failed", Time: time.Unix(0, 0).UTC(), ExitCode: 1}); err != nil {
		msg := err.Error()
		if _, after, ok := strings.Cut(msg, "executing \"\" at "); ok {
			msg = after
		}
		return nil, errors.New(msg)
	}
	return t, nil
}
