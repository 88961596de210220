package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
)

// canaryRequest is one request of one shop, and what it is to come to.
type canaryRequest struct {
	kind   string
	shop   *canaryShop
	method string
	path   string
	body   string
	header map[string]string
	wanted []int // statuses that may come; empty: any
	cut    cut
	next   func(reply canaryReply) *canaryRequest // what the client sends then; nil: nothing
	stream bool
}

// cut is how a client goes away before it has its answer.
type cut int

const (
	cutNever cut = iota
	cutSent      // as soon as the request is sent
	cutHead      // when the reply begins
	cutFirst     // when the first bytes of the body are there
)

// Questions that all shops ask in the same words: an answer that is shared by the words alone would show.
var canaryQuestions = []string{
	"What were our top 3 products this month?", "Revenue by store last month", "Revenue by brand this year", "Who sold the most last month?",
	"What were our top selling products?", "Units sold by product this quarter",
}

const sharedKeys = 12 // idempotency keys that all shops use

// canaryTraffic makes the requests of a run. Request i depends on the seed and i alone, apart from what a
// conversation goes on from.
type canaryTraffic struct {
	seed  uint64
	shops []*canaryShop
	kinds []canaryKind
}

type canaryKind struct {
	name  string
	share int
	make  func(t *canaryTraffic, rng *rand.Rand, s *canaryShop, i int) *canaryRequest
}

func newCanaryTraffic(seed uint64, shops []*canaryShop) *canaryTraffic {
	return &canaryTraffic{seed: seed, shops: shops, kinds: []canaryKind{
		{"question in everybody's words", 24, sharedQuestion},
		{"question in own words", 18, ownQuestion},
		{"key that everybody uses", 14, sharedKeyQuestion},
		{"key of its own, used again", 4, ownKeyQuestion},
		{"chat", 14, chatOnce},
		{"chat that goes on", 8, chatOn},
		{"stored conversation", 4, storedConversation},
		{"request that is refused", 8, refusedRequest},
		{"reading of its own pages", 6, readingRequest},
	}}
}

// request makes request i.
func (t *canaryTraffic) request(i int) *canaryRequest {
	rng := rand.New(rand.NewPCG(t.seed, uint64(i)))
	total := 0
	for _, k := range t.kinds {
		total += k.share
	}
	n := rng.IntN(total)
	for _, k := range t.kinds {
		if n -= k.share; n < 0 {
			r := k.make(t, rng, t.shops[rng.IntN(len(t.shops))], i)
			r.kind = k.name
			return r
		}
	}
	panic("unreachable: the shares add up")
}

// other is a shop that is not s.
func (t *canaryTraffic) other(rng *rand.Rand, s *canaryShop) *canaryShop {
	at := slices.Index(t.shops, s)
	return t.shops[(at+1+rng.IntN(len(t.shops)-1))%len(t.shops)]
}

func jsonBody(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // unreachable: maps of strings always encode
	}
	return string(b)
}

// question asks, as JSON or as events, and goes away too soon now and then.
func questionOf(rng *rand.Rand, s *canaryShop, i int, text string) *canaryRequest {
	r := &canaryRequest{shop: s, method: http.MethodPost, path: "/api/ai/query", wanted: []int{200},
		body:   jsonBody(map[string]string{"question": text, "query_type": "sales"}),
		header: map[string]string{"X-Request-ID": fmt.Sprintf("%s-%d", s.secret["request id"], i)}}
	if r.stream = rng.IntN(2) == 0; r.stream {
		r.header["Accept"] = "text/event-stream"
	}
	r.cutSometimes(rng)
	return r
}

func (r *canaryRequest) cutSometimes(rng *rand.Rand) {
	if rng.IntN(6) == 0 {
		r.cut = []cut{cutSent, cutHead, cutFirst}[rng.IntN(3)]
	}
}

func sharedQuestion(_ *canaryTraffic, rng *rand.Rand, s *canaryShop, i int) *canaryRequest {
	return questionOf(rng, s, i, canaryQuestions[rng.IntN(len(canaryQuestions))])
}

func ownQuestion(_ *canaryTraffic, rng *rand.Rand, s *canaryShop, i int) *canaryRequest {
	text := "How many " + s.secret["question"] + " did we sell this year?" // names nothing: the answer says so
	if s.secret["brand"] != "" {
		switch rng.IntN(4) {
		case 0:
			text = "How many " + s.secret["brand"] + " frames did we sell this year?"
		case 1:
			text = "Revenue of " + s.secret["product"] + " 2 last month"
		case 2:
			text = "Top products in " + s.secret["store"] + " this year"
		}
	}
	return questionOf(rng, s, i, text)
}

// sharedKeyQuestion: the same key, user id, question and type at every shop.
func sharedKeyQuestion(_ *canaryTraffic, rng *rand.Rand, s *canaryShop, i int) *canaryRequest {
	n := rng.IntN(sharedKeys)
	r := questionOf(rng, s, i, canaryQuestions[n%len(canaryQuestions)])
	r.header["X-Idempotency-Key"] = fmt.Sprintf("canary-%d", n)
	r.wanted = []int{200, 409} // 409: the same shop's request with that key runs at this moment
	return r
}

func ownKeyQuestion(_ *canaryTraffic, rng *rand.Rand, s *canaryShop, i int) *canaryRequest {
	r := questionOf(rng, s, i, "Best sellers of "+s.secret["question"])
	r.header["Idempotency-Key"] = s.secret["key"]
	r.wanted = []int{200, 409}
	return r
}

type chatMessage struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

func chatOf(rng *rand.Rand, s *canaryShop, i int, messages ...chatMessage) *canaryRequest {
	r := &canaryRequest{shop: s, method: http.MethodPost, path: "/v1/chat/completions", wanted: []int{200}, stream: rng.IntN(2) == 0,
		header: map[string]string{"X-Request-ID": fmt.Sprintf("%s-%d", s.secret["request id"], i)}}
	r.body = jsonBody(map[string]any{"model": "ilsai", "messages": messages, "max_tokens": 24, "temperature": float64(rng.IntN(2)), "stream": r.stream})
	return r
}

func chatOnce(_ *canaryTraffic, rng *rand.Rand, s *canaryShop, i int) *canaryRequest {
	r := chatOf(rng, s, i, chatMessage{"system", "You work for shop " + s.secret["chat"] + "."}, chatMessage{"user", "Repeat: " + s.secret["chat"]})
	if r.cutSometimes(rng); r.cut == cutNever && rng.IntN(4) == 0 {
		r.header["Idempotency-Key"] = "canary-chat" // everybody's; what it is used for differs, so it may be used once only
		r.wanted = []int{200, 409, 422}
	}
	return r
}

// chatOn sends a second turn that begins with the first and its answer, as a kept sequence does.
func chatOn(_ *canaryTraffic, rng *rand.Rand, s *canaryShop, i int) *canaryRequest {
	messages := []chatMessage{{"system", "Everybody's assistant."}, {"user", "Our word is " + s.secret["chat"]}}
	r := chatOf(rng, s, i, messages...)
	r.next = func(reply canaryReply) *canaryRequest {
		answer := reply.said
		return chatOf(rng, s, i, append(messages, chatMessage{"assistant", answer}, chatMessage{"user", "What is our word?"})...)
	}
	return r
}

// storedConversation makes one, asks in it, and reads it; another shop tries to read it and to ask in it.
func storedConversation(t *canaryTraffic, rng *rand.Rand, s *canaryShop, i int) *canaryRequest {
	r := &canaryRequest{shop: s, method: http.MethodPost, path: "/api/ai/conversations", body: jsonBody(map[string]string{"title": "About " + s.secret["title"]}),
		wanted: []int{201}}
	text, stranger := canaryQuestions[rng.IntN(len(canaryQuestions))], t.other(rng, s)
	r.next = func(reply canaryReply) *canaryRequest {
		var made struct{ ID string }
		if json.Unmarshal(reply.body, &made) != nil || made.ID == "" {
			return nil
		}
		ask := func(who *canaryShop, wanted int) *canaryRequest {
			q := questionOf(rng, who, i, text)
			q.body, q.cut, q.wanted = jsonBody(map[string]string{"question": text, "query_type": "sales", "conversation_id": made.ID}), cutNever, []int{wanted}
			return q
		}
		read := func(who *canaryShop, wanted int) *canaryRequest {
			return &canaryRequest{shop: who, method: http.MethodGet, path: "/api/ai/conversations/" + made.ID, wanted: []int{wanted}}
		}
		return inTurn(ask(s, 200), read(s, 200), ask(stranger, 404), read(stranger, 404))
	}
	return r
}

// inTurn sends each after the one before it.
func inTurn(all ...*canaryRequest) *canaryRequest {
	for i, r := range all[:len(all)-1] {
		r.next = func(canaryReply) *canaryRequest { return all[i+1] }
	}
	return all[0]
}

// refusedRequest is one whose error could repeat what was sent, or say what others have.
func refusedRequest(t *canaryTraffic, rng *rand.Rand, s *canaryShop, i int) *canaryRequest {
	word := s.secret["refused"]
	r := questionOf(rng, s, i, word)
	r.cut, r.wanted = cutNever, []int{400, 404, 422}
	switch rng.IntN(7) {
	case 0:
		r.body = jsonBody(map[string]string{"question": word, "query_type": word})
	case 1:
		r.body = `{"question": "` + word
	case 2:
		r.body = jsonBody(map[string]string{"question": strings.Repeat(word+" ", 150), "query_type": "sales"})
	case 3:
		r.header["Idempotency-Key"] = word + "\u00e9"
	case 4:
		r.path, r.body = "/v1/chat/completions", jsonBody(map[string]any{"model": word, "messages": []chatMessage{{"user", word}}})
	case 5:
		r.path, r.body = "/v1/chat/completions", jsonBody(map[string]any{"model": "ilsai", word: 1, "messages": []chatMessage{{word, word}}})
	case 6:
		r.method, r.path, r.body = http.MethodGet, "/v1/models/"+word, ""
	}
	r.stream = false
	return r
}

// readingRequest reads what the server tells a shop of itself, or tries to read another's.
func readingRequest(t *canaryTraffic, rng *rand.Rand, s *canaryShop, _ int) *canaryRequest {
	r := &canaryRequest{shop: s, method: http.MethodGet}
	of := func(who *canaryShop) []string {
		base := "/api/admin/tenants/" + string(who.id)
		return []string{base, base + "/usage?limit=50", base + "/users", base + "/audit", base + "/subscriptions", "/api/admin/metrics/tenants/" + string(who.id)}
	}
	if rng.IntN(3) == 0 {
		paths := of(t.other(rng, s))
		r.path, r.wanted = paths[rng.IntN(len(paths))], []int{403, 404}
		return r
	}
	paths := append(of(s), "/api/ai/usage", "/api/ai/features", "/api/ai/conversations", "/v1/models", "/api/admin/tenants", "/api/admin/audit")
	r.path = paths[rng.IntN(len(paths))]
	return r
}
