// A shop's own system talks to Regulars: it sends a customer and an order, asks what a basket is
// worth in points, and keeps a copy of all balances by following a feed. Go's standard library alone.
//
//	REGULARS_CLIENT_SECRET=… go run . -url http://127.0.0.1:8080 -client-id …
//
// README.md says where the id and the secret come from.
package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
)

const (
	customer = "/api/customer/v1"
	loyalty  = "/api/loyalty/v1"
)

type object = map[string]any
type list = []any

// --- A shop's data ---

var ada = object{
	"givenName": "Ada", "familyName": "Byron", "country": "GB",
	"emails":      list{object{"address": "ada@example.com"}},
	"externalIds": list{object{"system": "shop", "id": "1"}},
}

// Money and quantities are exact: whole millionths, as text in JSON.
var order = object{
	"source": "shop", "receiptNumber": "2001", "orderTime": "2026-03-01T10:00:00Z",
	"currencyCode": "EUR", "channel": "web",
	"customerIdentifier": object{"externalId": object{"system": "shop", "id": "1"}},
	"lines": list{
		object{"item": "lantern", "quantityMicros": "2000000", "unitPriceMicros": "12500000"},
		object{"kind": "KIND_CHARGE", "item": "postage", "quantityMicros": "1000000",
			"unitPriceMicros": "4950000"},
	},
}

var basket = list{object{"item": "teapot", "amountMicros": "49900000"}}

// --- What it does with them ---

type money struct{ Micros, CurrencyCode string }

// String is to show, not to count.
func (m money) String() string {
	micros, _ := strconv.ParseInt(m.Micros, 10, 64)
	return fmt.Sprintf("%.2f %s", float64(micros)/1e6, m.CurrencyCode)
}

func became(outcome string) string {
	return strings.ToLower(strings.TrimPrefix(outcome, "UPSERT_OUTCOME_"))
}

// requestID makes one write safe to repeat: the same id, the same answer, for 30 days.
func requestID() string {
	bytes := make([]byte, 16)
	if _, err := rand.Read(bytes); err != nil {
		panic(err)
	}
	return hex.EncodeToString(bytes)
}

// sell sends the customer and the order: the customer's name, and where that left the feed.
func sell(regulars *Regulars) (name, position string, err error) {
	var made struct {
		Customer struct{ Name string }
		Outcome  string
	}
	_, err = regulars.Call(http.MethodPost, customer+"/customers:upsert", object{
		"upsert": object{"customer": ada}, "requestId": requestID()}, "", &made)
	if err != nil {
		return "", "", err
	}
	fmt.Printf("customer %s: %s\n", became(made.Outcome), made.Customer.Name)

	var bought struct {
		Order struct {
			Name   string
			Totals struct{ Amount money }
		}
		Outcome string
	}
	position, err = regulars.Call(http.MethodPost, customer+"/orders:upsert", object{
		"order": order, "requestId": requestID()}, "", &bought)
	if err != nil {
		return "", "", err
	}
	fmt.Printf("order %s: %s, %s\n", became(bought.Outcome), bought.Order.Name,
		bought.Order.Totals.Amount)
	return made.Customer.Name, position, nil
}

// quote asks what a basket is worth. The answer waits until loyalty-svc has followed customer-svc
// as far as `after`.
func quote(regulars *Regulars, name, after string) error {
	var said struct {
		BasketAmount, MaxPayableAmount          money
		PointsToEarn, MaxPointsPayable, Balance string
	}
	_, err := regulars.Call(http.MethodPost, loyalty+"/baskets:quote", object{
		"customer": name, "currencyCode": "EUR", "lines": basket}, after, &said)
	if err != nil {
		return err
	}
	fmt.Printf("a basket of %s earns %s points; %s of %s could pay %s of it\n", said.BasketAmount,
		said.PointsToEarn, said.MaxPointsPayable, said.Balance, said.MaxPayableAmount)
	return nil
}

func run() error {
	address := flag.String("url", "http://127.0.0.1:8080", "the gateway")
	clientID := flag.String("client-id", "", "id of the API key")
	file := flag.String("state", "balances.json", "the copy of the balances")
	forEver := flag.Bool("follow", false, "wait for more events at the end")
	flag.Parse()
	secret := os.Getenv("REGULARS_CLIENT_SECRET")
	if *clientID == "" || secret == "" {
		return errors.New("give -client-id and the secret in REGULARS_CLIENT_SECRET")
	}
	regulars := &Regulars{URL: *address, ClientID: *clientID, ClientSecret: secret}

	balances, err := openBalances(*file, regulars)
	if err != nil {
		return err
	}
	name, position, err := sell(regulars)
	if err != nil {
		return err
	}
	if err := quote(regulars, name, position); err != nil {
		return err
	}
	if err := balances.follow(regulars, *forEver); err != nil {
		return err
	}
	fmt.Printf("balances as of event %s: %d\n", balances.Position, len(balances.Of))
	return nil
}

func main() {
	err := run()
	var refused *Error
	switch {
	case errors.As(err, &refused):
		fmt.Fprintf(os.Stderr, "refused: %s (%s)\n", refused.Message, refused.Reason)
	case err != nil:
		fmt.Fprintf(os.Stderr, "failed: %s\n", err)
	default:
		return
	}
	os.Exit(1)
}
