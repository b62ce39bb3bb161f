package secret

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"switchboard/internal/platform/fault"
)

// MinPassword is the least number of characters. Beyond it there are no rules
// on kinds of characters, which only make passwords predictable.
const MinPassword = 12

//go:embed common.txt
var commonText string

// common are the pieces of which common passwords are made.
var common = sync.OnceValue(func() map[string]bool {
	m := map[string]bool{}
	for line := range strings.Lines(commonText) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for _, w := range strings.Fields(line) {
			m[w] = true
		}
	}
	return m
})

// CheckPassword tells why a password is not good enough, nil when it is. email
// is whose password it becomes, "" when unknown.
func CheckPassword(password, email string) error {
	bad := func(code, format string, args ...any) error {
		return fault.InvalidField("/password", code, format, args...).
			WithHint("Take several unrelated words, or let a password manager make one.")
	}
	n := utf8.RuneCountInString(password)
	switch {
	case !utf8.ValidString(password):
		return bad("password_invalid", "The password is not valid text.")
	case n < MinPassword:
		return bad("password_too_short", "The password has %d characters; at least %d are needed.", n, MinPassword)
	case len(password) > maxPassword:
		return bad("password_too_long", "The password is longer than %d bytes.", maxPassword)
	}
	low := strings.ToLower(password)
	if distinct(low) < 5 {
		return bad("password_common", "The password repeats a few characters.")
	}
	if unit := period(low); unit <= len(low)/2 {
		return bad("password_common", "The password repeats a short part.")
	}
	local, domain, _ := strings.Cut(strings.ToLower(email), "@")
	domain, _, _ = strings.Cut(domain, ".")
	for _, own := range []string{local, domain} {
		if utf8.RuneCountInString(own) >= 4 && strings.Contains(low, own) && utf8.RuneCountInString(low)-utf8.RuneCountInString(own) < MinPassword {
			return bad("password_personal", "The password contains the e-mail address.")
		}
	}
	plain := unleet(low)
	if strings.Contains(plain, "password") || strings.Contains(plain, "passwort") {
		return bad("password_common", "The password contains the word password.")
	}
	if strings.Contains(plain, "switchboard") && n < len("switchboard")+MinPassword {
		return bad("password_common", "The password contains the name of this product.")
	}
	if walked(low) {
		return bad("password_common", "The password is a walk over the keyboard.")
	}
	if longestRun(low)*2 > len(low) {
		return bad("password_common", "The password is mostly a sequence such as 123456 or abcdef.")
	}
	// Undoing 0 for o and the like also turns real digits into letters, so both
	// readings are tried.
	if made(low) || made(plain) {
		return bad("password_common", "The password is made of common words and digits only.")
	}
	return nil
}

func distinct(s string) int {
	m := map[rune]bool{}
	for _, r := range s {
		m[r] = true
	}
	return len(m)
}

// period is the length of the shortest part that, repeated, gives s.
func period(s string) int {
	for p := 1; p <= len(s)/2; p++ {
		if strings.HasPrefix(s[p:], s[:len(s)-p]) {
			return p
		}
	}
	return len(s)
}

// longestRun is the length of the longest stretch in which each character is
// the next one (abc), the one before (cba), or the same (aaa).
func longestRun(s string) int {
	best := 0
	for step := -1; step <= 1; step++ {
		run := 1
		for i := 1; i < len(s); i++ {
			if int(s[i])-int(s[i-1]) == step {
				run++
			} else {
				run = 1
			}
			best = max(best, run)
		}
	}
	if best < 4 {
		return 0
	}
	return best
}

// walked tells whether most steps go to a neighbouring key: 1q2w3e4r, zaq12wsx.
func walked(s string) bool {
	steps, near := 0, 0
	for i := 1; i < len(s); i++ {
		steps++
		if x, y, ok := keyAt(s[i-1]); ok {
			if x2, y2, ok := keyAt(s[i]); ok && s[i] != s[i-1] && abs(x-x2) <= 1 && abs(y-y2) <= 1 {
				near++
			}
		}
	}
	return near*4 >= steps*3
}

func keyAt(c byte) (x, y int, ok bool) {
	for y, row := range []string{"1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"} {
		if x := strings.IndexByte(row, c); x >= 0 {
			return x, y, true
		}
	}
	return 0, 0, false
}

func abs(n int) int { return max(n, -n) }

var leet = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i", "|", "l", "€", "e")

func unleet(s string) string { return leet.Replace(s) }

// made tells whether s is nothing but common pieces, digits that carry little,
// and punctuation. A part of up to two other letters does not save it.
func made(s string) bool {
	words := common()
	r := []rune(s)
	const slack = 2
	// least[i] is the fewest foreign characters needed to explain r[:i].
	least := make([]int, len(r)+1)
	for i := 1; i <= len(r); i++ {
		c := r[i-1]
		least[i] = least[i-1] + 1
		if !unicode.IsLetter(c) && !unicode.IsDigit(c) {
			least[i] = least[i-1]
		}
		for j := i - 1; j >= 0 && i-j <= 32; j-- {
			part := string(r[j:i])
			if words[part] || weakDigits(part) {
				least[i] = min(least[i], least[j])
			}
		}
	}
	return least[len(r)] <= slack
}

// weakDigits: up to four digits (years, pins), runs and repetitions.
func weakDigits(s string) bool {
	for _, c := range s {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(s) <= 4 || longestRun(s) >= len(s)-1 || period(s) <= len(s)/2
}
