package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"time"
)

// What a shop's finished chat left in the model's memory may serve that shop's next turn, and nobody else's. If it
// did, no text would show it: with equal tokens the continuation is the same. The count of cached tokens shows it.

// keptProbe is what one pair of shops was told about cached tokens.
type keptProbe struct {
	again    int // the first shop, asking the same once more
	stranger int // the second, asking what the first did
	fresh    int // the second, asking what nobody did: the template's beginning, if it is kept for it
}

const (
	keptProbes = 20
	probeWords = 12
	// probeSlack is how many tokens two prompts of random words may have in common by chance.
	probeSlack = 2
)

// probe runs when all else is over: what it asks about would otherwise be displaced.
func (r *canaryRun) probe(ctx context.Context) error {
	r.m.sayf("what is kept of chats")
	rng := rand.New(rand.NewPCG(r.seed, 0x70726f6265))
	for range keptProbes {
		at := rng.IntN(len(r.asking))
		first, second := r.asking[at], r.asking[(at+1+rng.IntN(len(r.asking)-1))%len(r.asking)]
		prompt, other := probeText(rng), probeText(rng)
		var p keptProbe
		for _, ask := range []struct {
			shop   *canaryShop
			text   string
			cached *int
		}{{first, prompt, new(int)}, {first, prompt, &p.again}, {second, prompt, &p.stranger}, {second, other, &p.fresh}} {
			var err error
			if *ask.cached, err = r.cached(ctx, ask.shop, ask.text); err != nil {
				return err
			}
		}
		r.probes = append(r.probes, p)
	}
	return nil
}

// probeText begins with a word of its own, so that two have no more in common than the template's beginning.
func probeText(rng *rand.Rand) (text string) {
	for range probeWords {
		for range 8 {
			text += string(rune('a' + rng.IntN(26)))
		}
		text += " "
	}
	return text
}

// cached asks in a chat and tells how many tokens of the prompt were taken from before.
func (r *canaryRun) cached(ctx context.Context, s *canaryShop, text string) (int, error) {
	reply, err := r.client.send(ctx, &canaryRequest{shop: s, method: http.MethodPost, path: "/v1/chat/completions",
		body: jsonBody(map[string]any{"model": "ilsai", "max_tokens": 4, "temperature": 0, "messages": []chatMessage{{"user", text}}})})
	if err != nil {
		return 0, err
	}
	var body struct {
		Usage struct {
			Details struct {
				Cached int `json:"cached_tokens"`
			} `json:"prompt_tokens_details"`
		}
	}
	if reply.status != http.StatusOK || json.Unmarshal(reply.body, &body) != nil {
		return 0, fmt.Errorf("a chat of %s came to status %d: %.300s", s.id, reply.status, reply.body)
	}
	return body.Usage.Details.Cached, nil
}

// probed is the most that a shop had of another's chat, and the least it had of its own.
func (r *canaryRun) probed() (beyond, again float64) {
	again = math.Inf(1)
	for _, p := range r.probes {
		beyond, again = max(beyond, float64(p.stranger-p.fresh)), min(again, float64(p.again))
	}
	return beyond, again
}

// nobodys fetches pages without a token: they may hold no secret at all.
func (c *canaryClient) nobodys(ctx context.Context, paths ...string) error {
	for _, path := range paths {
		if _, err := c.send(ctx, &canaryRequest{shop: &canaryShop{}, method: http.MethodGet, path: path}); err != nil {
			return err
		}
	}
	return nil
}

// wait is how long a refused request is to wait; 0 for any other.
func (r canaryReply) wait() time.Duration {
	if r.status != http.StatusTooManyRequests {
		return 0
	}
	seconds := 0
	if _, err := fmt.Sscan(r.header.Get("Retry-After"), &seconds); err != nil || seconds > 60 {
		return 0 // the month is over, say
	}
	return time.Duration(max(1, seconds)) * time.Second
}
