package tenancy_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

func TestCheckPassword(t *testing.T) {
	t.Parallel()
	for password, ok := range map[string]bool{
		"a walk along the river": true, "kv9$Lw2!xTq7": true, "Čtyři modré brýle": true, "眼鏡とコーヒーが好きです毎朝": true, "7301 9446 5528": false,
		"": false, "short": false, "elevenchars": false, "Password1234!": false, "passwordpassword": false, "Qwertyuiop123": false,
		"123456789012": false, "aaaaaaaaaaaaaaaa": false, "abcabcabcabcabc": false, "Welcome2026!!!": false, "OpticalShop2026": false,
		"anna.muster@example": false, "annamuster2026": false, "correct horse battery staple": true, "iloveyou iloveyou": false,
		"admin admin admin": false, "summer2026!!": false, strings.Repeat("long words ", 100): false, "invalid\xffutf8 text here": false,
		"            ": false, "this is Anna's password": true,
	} {
		err := tenancy.CheckPassword(password, "anna.muster@example.org", "Anna Muster", "optical-shop-1")
		if (err == nil) != ok || err != nil && ilsai.ErrorCode(err) != ilsai.CodeInvalid {
			t.Errorf("%q: got %v, want ok %v", password, err, ok)
		}
		if err != nil && len(password) > 8 && strings.Contains(err.Error(), password) {
			t.Errorf("%q: the error repeats it", password)
		}
	}
}

func TestHashesDifferAndSayTheirCost(t *testing.T) {
	t.Parallel()
	a, err := tenancy.HashPassword("a walk along the river", tenancy.DefaultPasswordCost)
	if err != nil {
		t.Fatal(err)
	}
	b, err := tenancy.HashPassword("a walk along the river", tenancy.DefaultPasswordCost)
	if err != nil {
		t.Fatal(err)
	}
	if a == b || !strings.HasPrefix(a, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("got %q and %q, want two of argon2id", a, b)
	}
}

// However an address is typed, it becomes one form, and that form stays.
func TestNormalizeEmail(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Anna.Muster@Example.ORG": "anna.muster@example.org", "  a@b ": "a@b", "u\u0308@x.de": "ü@x.de", "Ü@x.de": "ü@x.de",
		"": "", "a": "", "@b": "", "a@": "", "a@b@c": "", "a b@c": "", "a@b\n": "a@b", "a\u200b@b": "", "a\x00@b": "", strings.Repeat("a", 254) + "@b": "", "\xff@b": "",
	} {
		got, err := tenancy.NormalizeEmail(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v, want %q", in, got, err, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.OneOf(rapid.StringMatching(`\PC{1,10}@\PC{1,10}`), rapid.String()).Draw(t, "e-mail")
		once, err := tenancy.NormalizeEmail(in)
		if err != nil {
			return
		}
		if twice, err := tenancy.NormalizeEmail(once); err != nil || twice != once {
			t.Fatalf("%q becomes %q, then %q, %v", in, once, twice, err)
		}
		if upper, err := tenancy.NormalizeEmail(" " + once + " "); err != nil || upper != once {
			t.Fatalf("%q with spaces: got %q, %v", once, upper, err)
		}
	})
}
