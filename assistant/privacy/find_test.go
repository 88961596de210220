package privacy

import (
	"math"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

// TestPublishedNumbers holds the checks to numbers that the authorities and standards print as examples.
func TestPublishedNumbers(t *testing.T) {
	for text, want := range map[string]Kind{
		"4111 1111 1111 1111":         CreditCard, // ISO/IEC 7812 test numbers of the networks
		"5555555555554444":            CreditCard,
		"378282246310005":             CreditCard,
		"GB82 WEST 1234 5698 7654 32": IBAN, // the registry of SWIFT
		"DE89370400440532013000":      IBAN,
		"NHS number 943 476 5919":     UKNHS,
		"AADHAAR 2341 2341 2346":      INAadhaar,
		"PESEL 44051401359":           PLPESEL,
		"131052-308T":                 FIIdentity,
		"RSSMRA85T10A562S":            ITFiscal,
		"12345678Z":                   ESNIF,
		"X1234567L":                   ESNIE,
		"S1234567D":                   SGNRIC,
		"111.444.777-35":              BRCPF,
		"steuerid 86095742719":        DETaxID,
		"TFN 123 456 782":             AUTFN,
		"2 55 08 14 168 025 38":       FRNIR,
		"SIN id number 130 692 544":   CASIN,
		"078-05-1120":                 USSSN,
	} {
		found := Find(text)
		if len(found) != 1 || found[0].Kind != want {
			t.Errorf("%q: found %v, want one %s", text, found, want)
		}
	}
}

func TestRedact(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "",
		"no data of persons, 52-18-140": "no data of persons, 52-18-140",
		"mail maria@example.com or call 555-234-5678": "mail [EMAIL_ADDRESS] or call [PHONE_NUMBER]",
		"Zoë: ｊ＠ｅｘ．com!":                              "Zoë: [EMAIL_ADDRESS]!",
		"a\xffb 123-45-6789":                          "a\xffb [US_SSN]",
	} {
		if got := Redact(text); got != want {
			t.Errorf("Redact(%q) = %q, want %q", text, got, want)
		}
	}
}

func FuzzFind(f *testing.F) {
	for _, s := range []string{"john@example.com", "+1 555 234 5678", "１２３", "\xff@\u200b.", "(020) 7946 0958", "born on 3 March 1980", "a at b dot com",
		"GB82WEST12345698765432", "0 1", "1-2-3", "@@.@", "12 rue"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at := 0
		for _, x := range Find(text) {
			if x.Start < at || x.End <= x.Start || x.End > len(text) {
				t.Fatalf("%q: %v after %d", text, x, at)
			}
			if utf8.ValidString(text) && (!utf8.RuneStart(text[x.Start]) || x.End < len(text) && !utf8.RuneStart(text[x.End])) {
				t.Fatalf("%q: %v cuts a character", text, x)
			}
			at = x.End
		}
		Guard(text)
		half := len(text) / 2
		throughFilter(text[:half], text[half:])
	})
}

// adversarial are texts that make careless recognisers quadratic.
var adversarial = map[string]string{
	"at signs": "@", "addresses without end": "a@", "dots": "a.", "local parts": "aaaaaaaa.", "digits": "1", "digits apart": "1 ", "digits with dashes": "1-",
	"groups of four": "4111 ",
	"almost phones":  "555-123-", "zeros": "0", "plus": "+1", "hex": "a:", "colons": ":", "base64": "QUJD", "base64 runs": "QUJDREVGR0hJSktM ", "streets": "Street ",
	"numbers and words": "1 a ",
	"at words":          "a at ", "dot words": "a dot ", "capitals": "John ", "titles": "Mr ", "patients": "patient ", "ssn": "ssn 1 ", "iban": "DE89 ", "invisible": "\u200b",
	"full width": "１", "combining": "e\u0301",
	"rue": "rue ", "months": "born March 1 ", "brackets": "(", "spaces": " ", "accents": "é", "wide": "电话", "single letters @": "a @ ",
}

// threadTime is the processor time of this thread.
func threadTime(t testing.TB) time.Duration {
	t.Helper()
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts); err != nil {
		t.Skipf("no time of a thread here: %v", err)
	}
	return time.Duration(ts.Nano())
}

// TestTimeIsLinear compares the time for a text with that for one eight times as long: linear is 8, quadratic 64.
func TestTimeIsLinear(t *testing.T) {
	if testing.Short() {
		t.Skip("measures time, which the race detector changes")
	}
	const small = 16 << 10
	runtime.LockOSThread() // whose own time is taken, so that a busy machine does not count
	defer runtime.UnlockOSThread()
	took := func(text string) time.Duration {
		best := time.Hour
		for range 4 {
			began := threadTime(t)
			Find(text)
			best = min(best, threadTime(t)-began)
		}
		return best
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	for name, unit := range adversarial {
		least := math.Inf(1) // a busy machine disturbs some tries, not all
		for try := 0; try < 8 && least > 20; try++ {
			one := took(strings.Repeat(unit, small/len(unit)))
			eight := took(strings.Repeat(unit, 8*small/len(unit)))
			least = min(least, float64(eight)/float64(one))
		}
		if least > 28 {
			t.Errorf("%s: eight times the text takes %.1f times as long", name, least)
		}
		runtime.GC()
	}
}

func BenchmarkFind(b *testing.B) {
	with, without := corpus(corpusSeed, 8)
	var text strings.Builder
	for i := range with {
		text.WriteString(without[i].text + ". ")
		if i%10 == 0 {
			text.WriteString(with[i].text + ". ")
		}
	}
	sample := text.String()[:4096]
	b.Run("4KB", func(b *testing.B) {
		b.SetBytes(int64(len(sample)))
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		began := threadTime(b)
		for b.Loop() {
			Find(sample)
		}
		b.ReportMetric(float64((threadTime(b)-began).Microseconds())/1000/float64(b.N), "cpu-ms/op")
	})
	b.Run("sentences", func(b *testing.B) {
		prose := strings.Repeat("How did frames and progressive lenses sell at the downtown store compared with last year? ", 46)[:4096]
		b.SetBytes(int64(len(prose)))
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		began := threadTime(b)
		for b.Loop() {
			Find(prose)
		}
		b.ReportMetric(float64((threadTime(b)-began).Microseconds())/1000/float64(b.N), "cpu-ms/op")
	})
	for name, unit := range adversarial {
		worst := strings.Repeat(unit, 1<<20/len(unit))
		b.Run("1MB/"+name, func(b *testing.B) {
			b.SetBytes(int64(len(worst)))
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			began := threadTime(b)
			for b.Loop() {
				Find(worst)
			}
			b.ReportMetric(float64((threadTime(b)-began).Microseconds())/1000/float64(b.N), "cpu-ms/op")
		})
	}
}
