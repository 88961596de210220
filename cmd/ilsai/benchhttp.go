package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/bench"
)

// httpOptions say what to ask of which server.
type httpOptions struct {
	url, model, keyFile string
	rate                float64 // requests/s; 0: closed loop
	even                bool
	concurrency         int
	requests            int
	lasts, timeout      time.Duration
	words, shared       int
	maxTokens           int
	temperature         float64
	seed                uint64

	key string
}

// keyVariable is where OpenAI's own clients look for the key.
const keyVariable = "OPENAI_API_KEY"

func newBenchHTTP() *cobra.Command {
	var o httpOptions
	cmd := measuringCommand("http", "Any OpenAI-compatible server: time to first token, between tokens, to the end; tokens/s", func(ctx context.Context, _ *cobra.Command, m *measurement) ([]bar, error) {
		if err := o.check(); err != nil {
			return nil, err
		}
		return benchHTTP(ctx, o, m)
	})
	cmd.Use = "http URL"
	cmd.Long = "Streams chat completions from URL, up to and without /chat/completions, such as http://127.0.0.1:8080/v1.\n\n" +
		"With --rate requests are sent on a schedule and every time counts from when a request was due, so a server that stalls cannot hide it.\n" +
		"Without, --concurrency clients each send the next request when they have the answer to the last: that shows the most a server can do.\n\n" +
		"The key is read from --key-file or " + keyVariable + " and never shown. Prompts are words drawn from --seed, no two alike beyond --shared-words."
	cmd.Example = "  ilsai bench http http://127.0.0.1:8080/v1 --key-file token --concurrency 16\n" +
		"  ilsai bench http http://gpu:8000/v1 --model meta-llama/Llama-3.1-8B-Instruct --rate 4 --duration 2m --html 8b.html"
	cmd.Args = func(_ *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usagef("say which server: ilsai bench http URL")
		}
		o.url = args[0]
		return nil
	}
	f := cmd.Flags()
	f.StringVar(&o.model, "model", "ilsai", "name of the model")
	f.StringVar(&o.keyFile, "key-file", "", "file with the key or token to send")
	f.Float64Var(&o.rate, "rate", 0, "requests per second on a schedule of their own (0: closed loop)")
	f.BoolVar(&o.even, "even", false, "send them at even distances instead of at random ones (Poisson)")
	f.IntVar(&o.concurrency, "concurrency", 0, "requests at once: in a closed loop 16 if not said, on a schedule no limit")
	f.IntVar(&o.requests, "requests", 200, "requests in all (0: no limit)")
	f.DurationVar(&o.lasts, "duration", 0, "how long to send (0: until --requests)")
	f.DurationVar(&o.timeout, "timeout", 2*time.Minute, "longest wait for an answer to end")
	f.IntVar(&o.words, "words", 60, "words of a prompt")
	f.IntVar(&o.shared, "shared-words", 0, "of these, words at the beginning that are the same in all")
	f.IntVar(&o.maxTokens, "max-tokens", 128, "most tokens of an answer")
	f.Float64Var(&o.temperature, "temperature", 0, "of the sampling")
	f.Uint64Var(&o.seed, "seed", 1, "of prompts and schedule")
	return cmd
}

// check reads the key, and refuses what cannot be meant.
func (o *httpOptions) check() error {
	u, err := url.Parse(o.url)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return usagef("the server's address must be like http://127.0.0.1:8080/v1")
	case u.User != nil:
		return usagef("the server's address holds a password, which would be shown: put the key into a file and name it with --key-file")
	case o.requests <= 0 && o.lasts <= 0:
		return usagef("say how many requests to send with --requests, or how long with --duration")
	case o.rate < 0 || o.concurrency < 0 || o.words < 1 || o.shared < 0 || o.shared > o.words || o.maxTokens < 1 || o.timeout <= 0:
		return usagef("--words, --max-tokens and --timeout must be above 0, --rate and --concurrency not below, --shared-words at most --words")
	}
	if o.concurrency == 0 && o.rate == 0 {
		o.concurrency = 16
	}
	o.key = os.Getenv(keyVariable)
	if o.keyFile != "" {
		b, err := os.ReadFile(o.keyFile)
		if err != nil {
			return ilsai.Wrap(ilsai.CodeInvalid, err, "the key cannot be read from %s", o.keyFile)
		}
		o.key = strings.TrimSpace(string(b))
	}
	return nil
}

func (o httpOptions) load(m *measurement) bench.Load {
	l := bench.Load{Workers: o.concurrency, Count: o.requests, Lasts: o.lasts, Watch: m.live}
	switch {
	case o.rate > 0 && o.even:
		l.Arrivals = bench.FixedRate(o.rate)
	case o.rate > 0:
		l.Arrivals = bench.Poisson(o.rate, o.seed)
	}
	return l
}

func benchHTTP(ctx context.Context, o httpOptions, m *measurement) ([]bar, error) {
	m.fact("server", o.url)
	m.fact("model", o.model)
	m.fact("seed", o.seed)
	loop := fmt.Sprintf("closed loop, %d at once", o.concurrency)
	if o.rate > 0 {
		loop = fmt.Sprintf("%g requests/s on schedule, times from when each was due", o.rate)
	}
	m.fact("load", loop)
	m.sayf("%s", loop)
	c := newCompletions(o.url, o.model, max(o.concurrency, 64))
	defer c.close()
	run, err := o.load(m).Run(ctx, func(ctx context.Context, i int, e *bench.Event) error {
		ctx, cancel := context.WithTimeout(ctx, o.timeout)
		defer cancel()
		_, err := c.stream(ctx, completionOrder{
			token: o.key, text: promptOf(o.seed, i, o.words, o.shared), maxTokens: o.maxTokens, temperature: o.temperature, seed: uint32(o.seed) + uint32(i),
		}, e)
		return err
	})
	if err != nil {
		return nil, err
	}
	m.sections = append(m.sections, latencySections(run)...)
	kinds, failed := failures(run)
	if failed > 0 {
		m.sections = append(m.sections, bench.Section{Title: "Requests that failed", Table: kinds})
	}
	var bars []bar
	for _, l := range latenciesOf(run) {
		for _, q := range []float64{0.5, 0.95, 0.99} {
			bars = append(bars, figure(fmt.Sprintf("%s, p%.0f", l.name, 100*q), l.samples.Quantile(q), "ms"))
		}
	}
	return append(bars,
		figure("tokens per second", run.UnitsPerSecond(), "tokens/s"),
		figure("answers per second", run.PerSecond(), "requests/s"),
		atLeast("answers", float64(len(run.Answered().Events)), "requests", 1),
		atMost("requests that failed", float64(failed), "requests", 0)), nil
}

// namedSamples are one kind of time of a run.
type namedSamples struct {
	name    string
	samples bench.Samples
}

func latenciesOf(run bench.Run) []namedSamples {
	return []namedSamples{{"first token", run.First()}, {"between tokens", run.Gaps()}, {"end to end", run.Latencies()}}
}

// latencySections are a table of quantiles, and plots over time.
func latencySections(run bench.Run) []bench.Section {
	table := &bench.Table{Header: []string{"ms", "p50", "p95", "p99", "most", "measured"}}
	for _, l := range latenciesOf(run) {
		s := l.samples
		table.Add(l.name, s.Quantile(0.5), s.Quantile(0.95), s.Quantile(0.99), s.Max(), len(s))
	}
	first, last := bench.Line{Name: "first token"}, bench.Line{Name: "end to end"}
	for _, e := range run.Answered().Events {
		if len(e.Units) > 0 {
			first.Points = append(first.Points, bench.Point{X: e.Intended.Seconds(), Y: bench.Millis(e.Units[0] - e.Intended)})
		}
		last.Points = append(last.Points, bench.Point{X: e.Intended.Seconds(), Y: bench.Millis(e.Latency())})
	}
	width := max(run.Took/100, 100*time.Millisecond)
	return []bench.Section{
		{Title: "Times", Table: table, Plot: &bench.Plot{X: "when a request was due, s", Y: "ms", Lines: []bench.Line{first, last}}},
		{Title: "Throughput", Plot: &bench.Plot{X: "s", Y: "pieces of text/s", Lines: []bench.Line{{Name: "all requests", Points: run.UnitSeries(width).Points()}}}},
	}
}

// promptWords are of about one token each in most vocabularies.
var promptWords = strings.Fields("the of and to in is that for it as was with be by on not he his but at are this have from or had an they which one you were all her she there would their we him been has when who will no more if out so what up said about than its into them can only other time new some could these two may first then do any like my now over such our man me even most made after also did many off before must well back through years much where your way down should because long each just state people those too mr how little good world make very year still see own work men day")

// promptOf is the prompt of request i: shared words that are those of all, then others of its own.
func promptOf(seed uint64, i, words, shared int) string {
	all, own := rand.New(rand.NewPCG(seed, 0x736861726564)), rand.New(rand.NewPCG(seed, uint64(i)))
	text := make([]string, words)
	for n := range text {
		rng := own
		if n < shared {
			rng = all
		}
		text[n] = promptWords[rng.IntN(len(promptWords))]
	}
	return strings.Join(text, " ")
}
