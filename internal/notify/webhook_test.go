package notify

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"testing"
	"time"
)

// The test vector of the Standard Webhooks specification's libraries.
func TestSign(t *testing.T) {
	t.Parallel()
	got, err := sign("whsec_plJ3nmyCDGBKInavdOK15jsl", "msg_loFOjxBNrRLzqYUf", time.Unix(1731705121, 0), []byte(`{"event_type":"ping","data":{"success":true}}`))
	if want := "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="; err != nil || got != want {
		t.Errorf("%s, %v instead of %s", got, err, want)
	}
	if _, err := sign("whsec_!", "", time.Now(), nil); err == nil {
		t.Error("a secret that is no base64 signs")
	}
}

// A message is tried again with the same id, and signed by what it holds.
func TestPost(t *testing.T) {
	t.Parallel()
	const secret = "whsec_plJ3nmyCDGBKInavdOK15jsl"
	var tries atomic.Int32
	ids := make(chan string, 9)
	sink := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		at, _ := strconv.ParseInt(r.Header.Get("webhook-timestamp"), 10, 64)
		want, _ := sign(secret, r.Header.Get("webhook-id"), time.Unix(at, 0), body)
		var e Event
		if err := json.Unmarshal(body, &e); err != nil || e.Type != "run.failed" || r.Header.Get("webhook-signature") != want {
			t.Errorf("%v, %+v, signature %s", err, e, r.Header.Get("webhook-signature"))
		}
		ids <- r.Header.Get("webhook-id")
		if tries.Add(1) == 1 {
			w.WriteHeader(http.StatusBadGateway)
		}
	}))
	defer sink.Close()
	e := Event{Type: "run.failed", Time: time.Now()}
	if err := post(context.Background(), sink.URL, secret, "standard", e); err != nil {
		t.Fatal(err)
	}
	if a, b := <-ids, <-ids; a != b || tries.Load() != 2 {
		t.Errorf("ids %s and %s in %d tries", a, b, tries.Load())
	}
}

// What a sink refuses for good is not tried again, and its URL is not quoted.
func TestPostRefused(t *testing.T) {
	t.Parallel()
	var tries atomic.Int32
	sink := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		tries.Add(1)
		w.WriteHeader(http.StatusForbidden)
	}))
	defer sink.Close()
	err := post(context.Background(), sink.URL+"/token-of-the-hook", "", "slack", Event{Text: "x"})
	if err == nil || err.Error() != "status 403" || tries.Load() != 1 {
		t.Errorf("%v after %d tries", err, tries.Load())
	}
}
