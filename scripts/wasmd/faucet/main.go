// A faucet for the local network with the HTTP shape that CosmJS' faucet has: GET /status, POST /credit {"address", "denom"}.
// It signs through the node's own command line, one transaction at a time; without a denom it sends every coin.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"time"
)

// What one request gets, base units by denomination.
var gifts = map[string]string{"uwatt": "10000000", "uusdc": "1000000000"}

var addressShape = regexp.MustCompile(`^wasm1[02-9ac-hj-np-z]{38}([02-9ac-hj-np-z]{20})?$`)

type faucet struct {
	wasmd, home, node, chain string
	// The account's sequence allows one transaction a block.
	turn sync.Mutex
}

type request struct {
	Address string `json:"address"`
	Denom   string `json:"denom"`
}

func main() {
	f := &faucet{}
	listen := flag.String("listen", "127.0.0.1:4500", "address to listen on")
	flag.StringVar(&f.wasmd, "wasmd", "wasmd", "the node's program")
	flag.StringVar(&f.home, "home", "", "the node's folder, with the key `faucet`")
	flag.StringVar(&f.node, "node", "tcp://127.0.0.1:26657", "the node's RPC")
	flag.StringVar(&f.chain, "chain", "joule-local-1", "chain id")
	flag.Parse()

	http.HandleFunc("/status", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, http.StatusOK, map[string]any{"status": "ok", "chainId": f.chain, "availableTokens": []string{"uwatt", "uusdc"}})
	})
	http.HandleFunc("/credit", f.credit)
	log.Fatal(http.ListenAndServe(*listen, nil))
}

func (f *faucet) credit(w http.ResponseWriter, r *http.Request) {
	var asked request
	if r.Method != http.MethodPost {
		refuse(w, http.StatusMethodNotAllowed, "send POST with {\"address\": \"wasm1...\"}")
		return
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1024)).Decode(&asked); err != nil {
		refuse(w, http.StatusBadRequest, fmt.Sprintf("the body is no such JSON: %v", err))
		return
	}
	if !addressShape.MatchString(asked.Address) {
		refuse(w, http.StatusBadRequest, fmt.Sprintf("`%s` is no address of this chain", asked.Address))
		return
	}
	var coins []string
	for _, denom := range []string{"uusdc", "uwatt"} {
		if asked.Denom == "" || asked.Denom == denom {
			coins = append(coins, gifts[denom]+denom)
		}
	}
	if len(coins) == 0 {
		refuse(w, http.StatusBadRequest, fmt.Sprintf("`%s` is not handed out; uwatt and uusdc are", asked.Denom))
		return
	}
	hash, err := f.send(asked.Address, strings.Join(coins, ","))
	if err != nil {
		log.Printf("to %s: %v", asked.Address, err)
		refuse(w, http.StatusInternalServerError, err.Error())
		return
	}
	reply(w, http.StatusOK, map[string]any{"address": asked.Address, "sent": coins, "txhash": hash})
}

// send waits until the transaction is in a block.
func (f *faucet) send(to, coins string) (string, error) {
	f.turn.Lock()
	defer f.turn.Unlock()
	var sent struct {
		Code   int    `json:"code"`
		RawLog string `json:"raw_log"`
		TxHash string `json:"txhash"`
	}
	out, err := f.run("tx", "bank", "send", "faucet", to, coins, "--keyring-backend", "test", "--chain-id", f.chain,
		"--gas", "200000", "--fees", "5000uwatt", "--yes", "--output", "json")
	if err != nil {
		return "", err
	}
	if err := json.Unmarshal(out, &sent); err != nil || sent.Code != 0 {
		return "", fmt.Errorf("the node refused: %s", sent.RawLog)
	}
	for i := 0; i < 100; i++ {
		if out, err := f.run("query", "tx", sent.TxHash, "--output", "json"); err == nil {
			if err := json.Unmarshal(out, &sent); err != nil || sent.Code != 0 {
				return "", fmt.Errorf("transaction %s failed: %s", sent.TxHash, sent.RawLog)
			}
			return sent.TxHash, nil
		}
		time.Sleep(200 * time.Millisecond)
	}
	return "", fmt.Errorf("transaction %s did not get into a block; ask again", sent.TxHash)
}

func (f *faucet) run(args ...string) ([]byte, error) {
	out, err := exec.Command(f.wasmd, append(args, "--home", f.home, "--node", f.node)...).Output()
	if failed, ok := err.(*exec.ExitError); ok {
		return nil, fmt.Errorf("%s", strings.TrimSpace(string(failed.Stderr)))
	}
	return out, err
}

func refuse(w http.ResponseWriter, code int, why string) {
	reply(w, code, map[string]string{"error": why})
}

func reply(w http.ResponseWriter, code int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(body)
}
