package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"time"
)

// Balances is a copy of everybody's balance. It is one file that also holds how far the feed was
// followed. The file is replaced as a whole, so that place and balances cannot disagree, wherever
// this program is stopped.
type Balances struct {
	Epoch    string            `json:"epoch"`
	Position string            `json:"position"`
	Of       map[string]string `json:"balances"` // By customer.

	file string
}

// openBalances reads the copy, or makes it where there is none yet.
func openBalances(file string, regulars *Regulars) (*Balances, error) {
	b := &Balances{file: file}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return b, b.rebuild(regulars)
	}
	if err != nil {
		return nil, err
	}
	return b, json.Unmarshal(text, b)
}

// rebuild reads all balances from the service. The place in the feed comes first: what happens while
// the list is read is followed afterwards, once more, and that does no harm.
func (b *Balances) rebuild(regulars *Regulars) error {
	var feed struct{ Epoch, HeadPosition string }
	if _, err := regulars.Call(http.MethodGet, loyalty+"/feed", nil, "", &feed); err != nil {
		return err
	}
	of := map[string]string{}
	for pageToken := ""; ; {
		var page struct {
			Members       []struct{ Customer, State, Balance string }
			NextPageToken string
		}
		query := url.Values{"pageSize": {"1000"}, "pageToken": {pageToken}}
		path := loyalty + "/members?" + query.Encode()
		if _, err := regulars.Call(http.MethodGet, path, nil, "", &page); err != nil {
			return err
		}
		for _, member := range page.Members {
			if member.State == "STATE_ACTIVE" && member.Customer != "" {
				of[member.Customer] = member.Balance
			}
		}
		if pageToken = page.NextPageToken; pageToken == "" {
			break
		}
	}
	return b.save(feed.Epoch, feed.HeadPosition, of)
}

// follow follows the feed from where it was left, to its end or for ever.
func (b *Balances) follow(regulars *Regulars, forEver bool) error {
	for failures := 0; ; {
		query := url.Values{"epoch": {b.Epoch}, "after": {b.Position},
			"stopAtHead": {strconv.FormatBool(!forEver)}}
		err := regulars.Stream(loyalty+"/feed:subscribe?"+query.Encode(), func(line []byte) error {
			failures = 0
			return b.apply(line)
		})
		reason := reasonOf(err)
		switch {
		case err == nil && !forEver:
			return nil
		case reason == "EPOCH_UNKNOWN" || reason == "POSITION_PRUNED" || reason == "POSITION_AHEAD":
			// The service was restored from a backup, or we were away too long.
			fmt.Printf("lost our place in the feed (%s): all balances are read anew\n", reason)
			if err := b.rebuild(regulars); err != nil {
				return err
			}
		case err != nil && (!isPassing(err) || !forEver && failures == attempts):
			return err
		}
		failures++
		time.Sleep(pause(failures))
	}
}

func (b *Balances) apply(line []byte) error {
	var batch struct {
		Epoch, Position string
		Events          []struct {
			Position, Type, Subject string
			Data                    struct{ BalanceAfter string }
		}
	}
	if err := json.Unmarshal(line, &batch); err != nil {
		return err
	}
	for _, event := range batch.Events {
		switch event.Type {
		case "regulars.loyalty.points_posted.v1":
			b.Of[event.Subject] = event.Data.BalanceAfter // Not added up: an event may come twice.
			fmt.Printf("event %s: %s has %s points\n", event.Position, event.Subject,
				event.Data.BalanceAfter)
		case "regulars.loyalty.member_closed.v1", "regulars.loyalty.erasure_confirmed.v1":
			delete(b.Of, event.Subject)
			fmt.Printf("event %s: %s is no member any more\n", event.Position, event.Subject)
		} // New types may appear at any time: skip the unknown.
	}
	return b.save(batch.Epoch, batch.Position, b.Of)
}

func (b *Balances) save(epoch, position string, of map[string]string) error {
	b.Epoch, b.Position, b.Of = epoch, position, of
	text, err := json.Marshal(b)
	if err != nil {
		return err
	}
	if err := os.WriteFile(b.file+".new", text, 0o600); err != nil {
		return err
	}
	return os.Rename(b.file+".new", b.file)
}
