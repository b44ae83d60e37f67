package serve

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Event is something that people may want to know. It holds names and counts,
// no value.
type Event struct {
	Type     string    `json:"type"`
	Time     time.Time `json:"timestamp"`
	Project  string    `json:"project"`
	Staging  string    `json:"staging"`
	Run      string    `json:"run,omitempty"`
	ExitCode int       `json:"exit_code,omitempty"`
	Text     string    `json:"text"`
}

const (
	// sendTimeout bounds one try, sendFor all of them: a sink that is down never
	// holds up a refresh.
	sendTimeout = 10 * time.Second
	sendFor     = time.Minute
	sendTries   = 4
)

// tell posts an event to the webhook, if it is one that is wanted. A failure is
// logged, and that is all.
func (p *project) tell(ctx context.Context, e Event) {
	n := p.config.Notify
	if !n.Webhook.IsSet() || len(n.Events) > 0 && !slices.Contains(n.Events, e.Type) || len(n.Events) == 0 && e.Type == "run.started" {
		return
	}
	e.Time, e.Project, e.Staging = time.Now().UTC(), p.config.Project, p.config.Target.Database
	// What has happened is told also while the scheduler stops.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendFor)
	defer cancel()
	url, secret, _, err := p.config.NotifyTargets(ctx)
	if err == nil {
		err = post(ctx, url, secret, n.Format, e)
	}
	if err != nil {
		p.log.Warn("nobody was told", "event", e.Type, "cause", err.Error())
	}
}

// ping tells the dead man's switch that all is well.
func (p *project) ping(ctx context.Context) {
	if !p.config.Notify.Ping.IsSet() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendFor)
	defer cancel()
	_, _, url, err := p.config.NotifyTargets(ctx)
	if err == nil {
		err = send(ctx, func(ctx context.Context) (*http.Request, error) {
			return http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		})
	}
	if err != nil {
		p.log.Warn("the ping was not taken", "cause", err.Error())
	}
}

// post sends an event. Every try has the same id and body, so that a receiver
// can tell a repetition.
func post(ctx context.Context, url, secret, format string, e Event) error {
	var body []byte
	var err error
	if format == "slack" {
		body, err = json.Marshal(map[string]string{"text": "understudy: " + e.Text})
	} else {
		body, err = json.Marshal(e)
	}
	if err != nil {
		return err
	}
	id := "msg_" + rand.Text()
	at := e.Time
	return send(ctx, func(ctx context.Context) (*http.Request, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("User-Agent", "understudy")
		if secret == "" {
			return r, nil
		}
		signature, err := sign(secret, id, at, body)
		if err != nil {
			return nil, err
		}
		r.Header.Set("webhook-id", id)
		r.Header.Set("webhook-timestamp", strconv.FormatInt(at.Unix(), 10))
		r.Header.Set("webhook-signature", signature)
		return r, nil
	})
}

// sign is the signature of a message (Standard Webhooks 1.0): HMAC-SHA256 over
// id, time and body.
func sign(secret, id string, at time.Time, body []byte) (string, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return "", fmt.Errorf("notify.secret is not base64 after whsec_")
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%d.%s", id, at.Unix(), body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)), nil
}

// send tries a few times. Errors say nothing of the URL, which may hold a secret.
func send(ctx context.Context, request func(context.Context) (*http.Request, error)) error {
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		try, cancel := context.WithTimeout(ctx, sendTimeout)
		defer cancel()
		r, err := request(try)
		if err != nil {
			return struct{}{}, backoff.Permanent(fmt.Errorf("the URL or the secret cannot be used"))
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			return struct{}{}, fmt.Errorf("no answer")
		}
		defer answer.Body.Close()
		_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<16))
		switch {
		case answer.StatusCode < 300:
			return struct{}{}, nil
		case answer.StatusCode == http.StatusTooManyRequests || answer.StatusCode >= 500:
			return struct{}{}, fmt.Errorf("status %d", answer.StatusCode)
		}
		return struct{}{}, backoff.Permanent(fmt.Errorf("status %d", answer.StatusCode))
	}, backoff.WithMaxTries(sendTries), backoff.WithMaxElapsedTime(sendFor))
	return err
}
