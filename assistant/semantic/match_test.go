package semantic_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/ils-platform/ilsai/assistant/semantic"
)

func opticalValues() *semantic.Values {
	return semantic.NewValues(semantic.Sales(), map[string][]string{
		"category": {"Frames", "Lenses", "Contact lenses", "Sunglasses", "Accessories", "Solutions"},
		"brand":    {"Ray-Ban", "Oakley", "Essilor", "Johnson & Johnson", "Café Noir", "Persol", "Hoya", "Carrera"},
		"segment":  {"Children", "Students", "Young adults", "Professionals", "Families", "Seniors"},
		"store":    {"Downtown", "Airport North", "Airport South", "St. Mary's Square", "Victoria"},
		"staff":    {"Jamie Reyes", "Jamie Cole", "Maria Lopez", "Sarah Oakley", "Victoria Hall", "Mary Marks", "Mark Mara"},
		"product": {"Ray-Ban Aviator Classic", "Ray-Ban Aviator Large", "Oakley Holbrook", "RB 3025", "RB 3026", "Acuvue Oasys 1-Day", "Varilux Comfort",
			"Leather Case", "Persol 714"},
	})
}

func TestResolve(t *testing.T) {
	v := opticalValues()
	tests := []struct{ span, want string }{
		{"frames", "category Frames"}, {"FRAMES", "category Frames"}, {"frame", "category Frames"},
		{"glasses", "category Frames"}, {"specs", "category Frames"}, {"eyeglass", "category Frames"},
		{"sunglass", "category Sunglasses"}, {"sunglsses", "category Sunglasses"}, {"contacts", "category Contact lenses"},
		{"contact lens", "category Contact lenses"}, {"lens", "category Lenses"}, {"lense", "category Lenses"}, {"accessory", "category Accessories"},
		{"kids", "segment Children"}, {"kid", "segment Children"}, {"young people", "segment Young adults"}, {"familys", "segment Families"},
		{"ray-ban", "brand Ray-Ban"}, {"rayban", "brand Ray-Ban"}, {"ray ban", "brand Ray-Ban"}, {"raybans", "brand Ray-Ban"}, {"ray-bans", "brand Ray-Ban"},
		{"raybn", "brand Ray-Ban"}, {"oakly", "brand Oakley"}, {"okaley", "brand Oakley"}, {"oakley", "brand Oakley"}, {"johnson and johnson", "nothing"},
		{"johnson johnson", "brand Johnson & Johnson"}, {"johnson", "brand Johnson & Johnson"}, {"cafe noir", "brand Café Noir"}, {"hoya", "brand Hoya"}, {"hoyo", "brand Hoya"},
		{"downtown", "store Downtown"}, {"down town", "store Downtown"}, {"dowtown", "store Downtown"}, {"airport", "store Airport North|Airport South"},
		{"airport north", "store Airport North"}, {"st marys", "store St. Mary's Square"}, {"st. mary's", "store St. Mary's Square"},
		{"jamie", "staff Jamie Cole|Jamie Reyes"}, {"jamie reyes", "staff Jamie Reyes"}, {"reyes", "staff Jamie Reyes"}, {"maria", "staff Maria Lopez"},
		{"victoria", "store Victoria"}, {"victoria hall", "staff Victoria Hall"}, {"sara", "staff Sarah Oakley"}, {"loppez", "staff Maria Lopez"}, {"mari", "staff Maria Lopez"}, {"maro", "nothing"},
		{"aviator", "product Ray-Ban Aviator Classic|Ray-Ban Aviator Large"}, {"aviators", "product Ray-Ban Aviator Classic|Ray-Ban Aviator Large"},
		{"aviator large", "product Ray-Ban Aviator Large"}, {"large aviator", "product Ray-Ban Aviator Large"},
		{"rb3025", "product RB 3025"}, {"rb 3027", "nothing"}, {"1-day", "product Acuvue Oasys 1-Day"}, {"holbrok", "product Oakley Holbrook"},
		{"persol 714", "product Persol 714"}, {"persol", "brand Persol"}, {"zeiss", "nothing"}, {"x", "nothing"}, {"", "nothing"}, {"---", "nothing"}, {"mar", "nothing"},
	}
	for _, tt := range tests {
		got := "nothing"
		filters, err := v.Resolve([]string{tt.span})
		if err == nil {
			got = filters[0].Dimension + " " + strings.Join(filters[0].Values, "|")
		}
		var unknown *semantic.UnknownValueError
		if err != nil && (!errors.As(err, &unknown) || unknown.Span != tt.span) {
			t.Errorf("%q: %v", tt.span, err)
		}
		if got != tt.want {
			t.Errorf("%q is %s, want %s", tt.span, got, tt.want)
		}
	}
}

func TestResolveCombines(t *testing.T) {
	v := opticalValues()
	filters, err := v.Resolve([]string{"ray-ban", "sunglasses", "oakley", "downtown", "rayban"})
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(filters)
	want := "[{brand [Ray-Ban Oakley] [ray-ban oakley rayban]} {category [Sunglasses] [sunglasses]} {store [Downtown] [downtown]}]"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestResolveDoesNotGuess: a typo that could be either of two names is no name.
func TestResolveDoesNotGuess(t *testing.T) {
	v := semantic.NewValues(semantic.Sales(), map[string][]string{"staff": {"Marc Bell", "Mark Cole"}, "brand": {"Silhouetta", "Silhouette"}})
	for _, span := range []string{"marx", "silhouetto"} {
		if filters, err := v.Resolve([]string{span}); err == nil {
			t.Errorf("%q became %v", span, filters)
		}
	}
	if filters, err := v.Resolve([]string{"silhouette"}); err != nil || len(filters[0].Values) != 1 {
		t.Errorf("an exact name: %v, %v", filters, err)
	}
}

func TestNearest(t *testing.T) {
	v := opticalValues()
	tests := []struct{ span, first string }{{"oakliiy", "Oakley"}, {"rb 3027", "RB 3025"}, {"varilks", "Varilux Comfort"}, {"qqqqqqqqqq", ""}, {strings.Repeat("x", 5000), ""}}
	for _, tt := range tests {
		_, err := v.Resolve([]string{tt.span})
		var unknown *semantic.UnknownValueError
		if !errors.As(err, &unknown) {
			t.Errorf("%.20q: %v", tt.span, err)
			continue
		}
		if len(unknown.Nearest) > 3 || tt.first == "" && len(unknown.Nearest) > 0 || tt.first != "" && (len(unknown.Nearest) == 0 || unknown.Nearest[0] != tt.first) {
			t.Errorf("nearest to %.20q: %q, want first %q", tt.span, unknown.Nearest, tt.first)
		}
	}
}

// TestEveryValueFindsItself, however it is written, and only itself, unless another value reads the same.
func TestEveryValueFindsItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[A-Za-zéü0-9][A-Za-zéü0-9 .&'-]{0,20}`)
		names := rapid.SliceOfNDistinct(text, 1, 8, func(s string) string {
			return strings.ToLower(strings.Map(func(r rune) rune {
				if strings.ContainsRune(" .&'-", r) {
					return -1
				}
				return r
			}, s))
		}).Draw(t, "names")
		v := semantic.NewValues(semantic.Sales(), map[string][]string{"brand": names})
		name := rapid.SampledFrom(names).Draw(t, "name")
		for _, form := range []string{name, strings.ToLower(name), strings.ToUpper(name), strings.ReplaceAll(name, "-", " "), strings.ReplaceAll(name, " ", "")} {
			filters, err := v.Resolve([]string{form})
			if err != nil || !slices.Contains(filters[0].Values, name) {
				t.Fatalf("%q does not find %q: %v %v", form, name, filters, err)
			}
		}
	})
}

func FuzzResolve(f *testing.F) {
	for _, s := range []string{"ray-ban", "jamie", "…", "a' b'", "ÄÖÜ ß", strings.Repeat("ab ", 700), "\xff"} {
		f.Add(s)
	}
	v := opticalValues()
	f.Fuzz(func(t *testing.T, span string) {
		filters, err := v.Resolve([]string{span})
		var unknown *semantic.UnknownValueError
		switch {
		case err == nil && (len(filters) != 1 || len(filters[0].Values) == 0 || filters[0].Asked[0] != span):
			t.Fatalf("%q: %v", span, filters)
		case err != nil && !errors.As(err, &unknown):
			t.Fatal(err)
		}
		_ = utf8.ValidString(span)
	})
}
