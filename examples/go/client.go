package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	renewEarly  = time.Minute // A token is renewed that long before it ends.
	attempts    = 5
	timeout     = time.Minute // The feed says something every 15 s, even when nothing happens.
	longestWait = 10 * time.Second
	longestLine = 16 << 20 // A batch of the feed is about 1 MiB.
)

// Error is what Regulars refused, and why. Reason never changes, so programs look at that.
type Error struct {
	HTTPStatus int
	Message    string
	Reason     string
	Fields     []string
}

func (e *Error) Error() string { return e.Message }

// isPassing says whether the same call may go through a little later: busy, away, the connection
// broke, or a stream has outlived its token, where the next one gets a new token.
func isPassing(err error) bool {
	var refused *Error
	if errors.As(err, &refused) {
		return refused.HTTPStatus == http.StatusTooManyRequests ||
			refused.HTTPStatus == http.StatusServiceUnavailable || refused.Reason == "TOKEN_EXPIRED"
	}
	var broken net.Error
	return errors.As(err, &broken) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, context.Canceled)
}

// reasonOf is the reason of a refusal, and empty for everything else.
func reasonOf(err error) string {
	var refused *Error
	if errors.As(err, &refused) {
		return refused.Reason
	}
	return ""
}

func pause(attempt int) time.Duration {
	if wait := 100 * time.Millisecond << attempt; attempt < 10 && wait < longestWait {
		return wait
	}
	return longestWait
}

// Regulars is a caller of the HTTP API. It is for one goroutine.
type Regulars struct {
	URL, ClientID, ClientSecret string

	token   string
	renewAt time.Time
}

// Call makes one call and puts the answer into reply; it returns the position in the service's feed
// that the call led to. `after` is such a position, which the answer has to wait for, or empty. A
// call that came to nothing is sent again as it was; for writes that is safe, because their body
// holds a request id: the second answer is the first one.
func (r *Regulars) Call(method, path string, body any, after string, reply any) (string, error) {
	for attempt := 1; ; attempt++ {
		position, wait, err := r.once(method, path, body, after, reply)
		if err == nil || !isPassing(err) || attempt == attempts {
			return position, err
		}
		if wait < 0 {
			wait = pause(attempt)
		}
		time.Sleep(wait)
	}
}

// once is one attempt. The wait that the answer asks for is negative if it asks for none.
func (r *Regulars) once(method, path string, body any, after string, reply any) (
	position string, wait time.Duration, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	response, err := r.open(ctx, method, path, body, after)
	if err != nil {
		return "", -1, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		wait = -1
		if s, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil {
			if wait = time.Duration(s) * time.Second; wait > longestWait {
				wait = longestWait
			}
		}
		return "", wait, refusal(response)
	}
	err = json.NewDecoder(response.Body).Decode(reply)
	return response.Header.Get("Regulars-Position"), -1, err
}

// Stream hands over the replies of a call that sends many: one JSON object a line.
func (r *Regulars) Stream(path string, each func(line []byte) error) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	silence := time.AfterFunc(timeout, cancel)
	defer silence.Stop()
	response, err := r.open(ctx, http.MethodGet, path, nil, "")
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return refusal(response)
	}
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, longestLine)
	for lines.Scan() {
		silence.Reset(timeout)
		var late struct{ Error *status }
		if err := json.Unmarshal(lines.Bytes(), &late); err != nil {
			return err
		}
		if late.Error != nil { // What went wrong after the beginning.
			return late.Error.asError(late.Error.Code)
		}
		if err := each(lines.Bytes()); err != nil {
			return err
		}
	}
	return lines.Err()
}

func (r *Regulars) open(ctx context.Context, method, path string, body any, after string) (
	*http.Response, error) {
	token, err := r.accessToken(ctx)
	if err != nil {
		return nil, err
	}
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, r.URL+path, content)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if after != "" {
		request.Header.Set("Regulars-After", after)
	}
	return http.DefaultClient.Do(request)
}

// accessToken is OAuth 2.0 client credentials (RFC 6749 section 4.4).
func (r *Regulars) accessToken(ctx context.Context) (string, error) {
	if r.token != "" && time.Now().Before(r.renewAt) {
		return r.token, nil
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.URL+"/oauth/token",
		strings.NewReader("grant_type=client_credentials"))
	if err != nil {
		return "", err
	}
	request.SetBasicAuth(r.ClientID, r.ClientSecret)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return "", refusal(response)
	}
	var reply struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   int    `json:"expires_in"`
	}
	if err := json.NewDecoder(response.Body).Decode(&reply); err != nil {
		return "", err
	}
	r.token = reply.AccessToken
	r.renewAt = time.Now().Add(time.Duration(reply.ExpiresIn)*time.Second - renewEarly)
	return r.token, nil
}

// status is a google.rpc.Status in JSON.
type status struct {
	Code    int
	Message string
	Details []struct {
		Type            string `json:"@type"`
		Reason          string
		FieldViolations []struct{ Field string }
	}
}

func (s *status) asError(httpStatus int) *Error {
	result := &Error{HTTPStatus: httpStatus, Message: s.Message}
	for _, detail := range s.Details {
		if strings.HasSuffix(detail.Type, "google.rpc.ErrorInfo") {
			result.Reason = detail.Reason
		}
		for _, violation := range detail.FieldViolations {
			result.Fields = append(result.Fields, violation.Field)
		}
	}
	return result
}

func refusal(response *http.Response) error {
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	var usual struct{ Error status }
	if json.Unmarshal(text, &usual) == nil {
		return usual.Error.asError(response.StatusCode)
	}
	// /oauth/token answers in the words of its RFC.
	var oauth struct {
		Error       string
		Description string `json:"error_description"`
	}
	if json.Unmarshal(text, &oauth) == nil {
		return &Error{HTTPStatus: response.StatusCode, Message: oauth.Description,
			Reason: oauth.Error}
	}
	return &Error{HTTPStatus: response.StatusCode, Message: fmt.Sprint(response.Status)}
}
