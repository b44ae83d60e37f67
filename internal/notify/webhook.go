package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
)

const (
	// sendTimeout bounds one try, sendFor all of them: a sink that is down never
	// holds up a refresh.
	sendTimeout = 10 * time.Second
	sendFor     = time.Minute
	sendTries   = 4
)

// ping asks for a URL.
func ping(ctx context.Context, url string) error {
	return send(ctx, func(ctx context.Context) (*http.Request, error) {
		return http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	})
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
	return retry(ctx, func(ctx context.Context) error {
		r, err := request(ctx)
		if err != nil {
			return permanent("the URL or the secret cannot be used")
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			return errors.New("no answer")
		}
		defer answer.Body.Close()
		_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<16))
		switch {
		case answer.StatusCode < 300:
			return nil
		case answer.StatusCode == http.StatusTooManyRequests || answer.StatusCode >= 500:
			return fmt.Errorf("status %d", answer.StatusCode)
		}
		return permanent(fmt.Sprintf("status %d", answer.StatusCode))
	})
}

// retry bounds each try and all of them.
func retry(ctx context.Context, try func(context.Context) error) error {
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		ctx, cancel := context.WithTimeout(ctx, sendTimeout)
		defer cancel()
		return struct{}{}, try(ctx)
	}, backoff.WithMaxTries(sendTries), backoff.WithMaxElapsedTime(sendFor))
	return err
}

// permanent is an error after which there is no other try.
func permanent(what string) error { return backoff.Permanent(errors.New(what)) }
