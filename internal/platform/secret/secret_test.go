package secret

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"
	"pgregory.net/rapid"

	"switchboard/internal/platform/fault"
)

func TestString_shows_itself_nowhere(t *testing.T) {
	s := NewString("hunter2hunter2")
	type inner struct {
		Key  String
		Deep *struct{ K String }
	}
	v := inner{s, &struct{ K String }{s}}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb+"\n", s)
		fmt.Fprintf(&out, verb+"\n", v)
		fmt.Fprintf(&out, verb+"\n", []String{s})
	}
	j, _ := json.Marshal(map[String]inner{s: v})
	out.Write(j)
	for _, h := range []slog.Handler{slog.NewJSONHandler(&out, nil), slog.NewTextHandler(&out, nil)} {
		slog.New(h).Info("x", "key", s, "all", v, "group", slog.GroupValue(slog.Any("k", s)))
	}
	if strings.Contains(out.String(), "hunter2") || strings.Contains(out.String(), "68756e74657232") {
		t.Errorf("shown: %s", out.String())
	}
	if s.Reveal() != "hunter2hunter2" || !strings.Contains(out.String(), "[redacted]") || NewString("").String() != "" {
		t.Error("Reveal or [redacted]")
	}
	var back inner
	if err := json.Unmarshal([]byte(`{"Key":"abc"}`), &back); err != nil || back.Key.Reveal() != "abc" {
		t.Error("a secret cannot be read in", err)
	}
}

func key(t testing.TB, b byte) MasterKey {
	t.Helper()
	var k MasterKey
	k.key[0] = b
	return k
}

func ring(t testing.TB, master MasterKey, n int) (*Keyring, []WrappedKey) {
	t.Helper()
	k, err := NewKeyring(master, nil)
	if err != nil {
		t.Fatal(err)
	}
	var stored []WrappedKey
	for range n {
		w := k.NewKey()
		if err := k.Add(w); err != nil {
			t.Fatal(err)
		}
		stored = append(stored, w)
	}
	return k, stored
}

func TestKeyring_opens_what_it_sealed_and_nothing_else(t *testing.T) {
	k, stored := ring(t, key(t, 1), 3)
	again, err := NewKeyring(key(t, 1), stored)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.StringN(0, 8, -1)
		place := func(l string) [4]string {
			return [4]string{part.Draw(t, l+"0"), part.Draw(t, l+"1"), part.Draw(t, l+"2"), part.Draw(t, l+"3")}
		}
		a, b := place("a"), place("b")
		text := rapid.SliceOf(rapid.Byte()).Draw(t, "text")
		sealed := k.Seal(AAD(a[0], a[1], a[2], a[3]), text)
		got, err := again.Open(AAD(a[0], a[1], a[2], a[3]), sealed)
		if err != nil || !bytes.Equal(got, text) {
			t.Fatalf("%q %v", got, err)
		}
		if _, err := k.Open(AAD(b[0], b[1], b[2], b[3]), sealed); a != b && !errors.Is(err, ErrSealed) {
			t.Fatalf("opened in another place: %v", err)
		}
		i := rapid.IntRange(0, len(sealed)-1).Draw(t, "i")
		changed := bytes.Clone(sealed)
		changed[i] ^= byte(1 << rapid.IntRange(0, 7).Draw(t, "bit"))
		if _, err := k.Open(AAD(a[0], a[1], a[2], a[3]), changed); err == nil {
			t.Fatalf("opened with byte %d changed", i)
		}
		if _, err := k.Open(AAD(a[0], a[1], a[2], a[3]), sealed[:i]); !errors.Is(err, ErrSealed) {
			t.Fatalf("opened after a cut: %v", err)
		}
		if bytes.Equal(sealed, k.Seal(AAD(a[0], a[1], a[2], a[3]), text)) {
			t.Fatal("the same value seals alike twice")
		}
	})
}

func FuzzOpen(f *testing.F) {
	k, _ := ring(f, key(f, 1), 2)
	f.Add(k.Seal(nil, []byte("x"))[1:])
	f.Add([]byte{1, 0, 0, 0, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := k.Open([]byte("place"), b); err == nil {
			t.Fatal("opened what was never sealed")
		}
	})
}

func TestKeyring_rotation(t *testing.T) {
	k, stored := ring(t, key(t, 1), 1)
	old := k.Seal([]byte("p"), []byte("v"))
	w := k.NewKey()
	if id, _ := KeyOf(k.Seal([]byte("p"), nil)); id != 1 {
		t.Errorf("sealed by key %d before the new one was stored", id)
	}
	if err := k.Add(w); err != nil {
		t.Fatal(err)
	}
	now := k.Seal([]byte("p"), []byte("v"))
	a, _ := KeyOf(old)
	b, _ := KeyOf(now)
	if a != 1 || b != 2 || k.Newest() != 2 {
		t.Errorf("keys %d and %d, newest %d", a, b, k.Newest())
	}
	if got, err := k.Open([]byte("p"), old); err != nil || string(got) != "v" {
		t.Error("an old value does not open", err)
	}
	other, err := NewKeyring(key(t, 1), stored) // a node that has not heard of key 2
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Open([]byte("p"), now); !errors.Is(err, ErrUnknownKey) {
		t.Error(err)
	}
	// Another master key over the same data keys.
	rewrapped, err := k.Rewrap(append(stored, w), key(t, 9))
	if err != nil {
		t.Fatal(err)
	}
	moved, err := NewKeyring(key(t, 9), rewrapped)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := moved.Open([]byte("p"), now); err != nil || string(got) != "v" {
		t.Error(err)
	}
}

func TestKeyring_refuses_a_wrong_master_key(t *testing.T) {
	k, stored := ring(t, key(t, 1), 2)
	canary := k.Canary()
	if err := k.CheckCanary(canary); err != nil {
		t.Error(err)
	}
	if _, err := NewKeyring(key(t, 2), stored); !errors.Is(err, ErrWrongMasterKey) {
		t.Error(err)
	}
	wrong, _ := NewKeyring(key(t, 2), nil)
	if err := wrong.CheckCanary(canary); !errors.Is(err, ErrWrongMasterKey) {
		t.Error(err)
	}
	if err := k.CheckCanary(nil); !errors.Is(err, ErrWrongMasterKey) {
		t.Error(err)
	}
	swapped := []WrappedKey{{ID: 2, Wrapped: stored[0].Wrapped}}
	if _, err := NewKeyring(key(t, 1), swapped); !errors.Is(err, ErrWrongMasterKey) {
		t.Error("a data key passes for another", err)
	}
}

func TestMasterKey(t *testing.T) {
	const text = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	want, err := ParseMasterKey(text)
	if err != nil || want.key[31] != 31 {
		t.Fatal(err)
	}
	for _, s := range []string{" " + text + "\n", strings.TrimRight(text, "=")} {
		if k, err := ParseMasterKey(s); err != nil || k != want {
			t.Errorf("%q: %v", s, err)
		}
	}
	for _, s := range []string{"", "short", strings.Repeat("A", 44) + "AAAA", "!" + text[1:]} {
		if _, err := ParseMasterKey(s); err == nil || s != "" && strings.Contains(err.Error(), s) {
			t.Errorf("%q: %v", s, err)
		}
	}
	if s := fmt.Sprintf("%v %+v %#v %s", want, want, want, want); strings.Contains(s, "31") || strings.Contains(s, "0x1f") {
		t.Errorf("the key shows itself: %s", s)
	}
}

func TestLoadMasterKey(t *testing.T) {
	dir := t.TempDir()
	if _, _, err := LoadMasterKey(MasterKeySource{DataDir: dir}); err == nil {
		t.Error("a key from nowhere")
	}
	if _, _, err := LoadMasterKey(MasterKeySource{}); err == nil || !strings.Contains(err.Error(), MasterKeyEnv) {
		t.Error(err)
	}
	// Many at the first start at once: one key for all, made once.
	var wg sync.WaitGroup
	keys, made := make([]MasterKey, 8), make([]bool, 8)
	for i := range keys {
		wg.Add(1)
		go func() {
			defer wg.Done()
			var err error
			if keys[i], made[i], err = LoadMasterKey(MasterKeySource{DataDir: dir, Create: true}); err != nil {
				t.Error(err)
			}
		}()
	}
	wg.Wait()
	n := 0
	for i := range keys {
		if keys[i] != keys[0] {
			t.Error("two keys")
		}
		if made[i] {
			n++
		}
	}
	path := filepath.Join(dir, "master.key")
	st, err := os.Stat(path)
	if n != 1 || err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("made %d times, %v %v", n, st.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".master*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	if k, _, err := LoadMasterKey(MasterKeySource{File: path}); err != nil || k != keys[0] {
		t.Error(err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, err := LoadMasterKey(MasterKeySource{DataDir: dir, Create: true}); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Error(err)
	}
	// A damaged file is never replaced by a new key.
	if err := errors.Join(os.WriteFile(path, []byte("half"), 0o600), os.Chmod(path, 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, made, err := LoadMasterKey(MasterKeySource{DataDir: dir, Create: true}); err == nil || made {
		t.Error("made a new key over a damaged one")
	}
}

func TestPassword(t *testing.T) {
	ctx := context.Background()
	h, err := HashPassword(ctx, "violet tram under the 9 bridges")
	if err != nil || !strings.HasPrefix(h, "$argon2id$v=19$m=47104,t=1,p=1$") {
		t.Fatal(h, err)
	}
	if ok, stale, err := VerifyPassword(ctx, h, "violet tram under the 9 bridges"); !ok || stale || err != nil {
		t.Error(ok, stale, err)
	}
	for _, wrong := range []string{"", "violet tram under the 9 bridge", strings.Repeat("x", 5000)} {
		if ok, _, err := VerifyPassword(ctx, h, wrong); ok || err != nil {
			t.Error(wrong, err)
		}
	}
	if _, err := HashPassword(ctx, strings.Repeat("x", 5000)); !errors.Is(err, ErrPasswordTooLong) {
		t.Error(err)
	}
	// With weaker parameters of the past: verifies, and asks to be made anew.
	old := "$argon2id$v=19$m=1024,t=1,p=1$c2FsdHNhbHRzYWx0$" // key below
	old += phcKey(t, "pw of the past", 1024)
	if ok, stale, err := VerifyPassword(ctx, old, "pw of the past"); !ok || !stale || err != nil {
		t.Error(ok, stale, err)
	}
	for _, broken := range []string{"", "x", h[:len(h)-60], strings.Replace(h, "argon2id", "argon2i", 1), strings.Replace(h, "m=47104", "m=99999999", 1),
		strings.Replace(h, "t=1", "t=1000", 1), strings.Replace(h, "p=1", "p=1,x=2", 1), strings.Replace(h, "v=19", "v=16", 1)} {
		if ok, _, err := VerifyPassword(ctx, broken, "x"); ok || err == nil {
			t.Errorf("%q: %v %v", broken, ok, err)
		}
	}
	if err := VerifyNobody(ctx, "anything at all"); err != nil {
		t.Error(err)
	}
}

func phcKey(t *testing.T, password string, memory uint32) string {
	t.Helper()
	salt, err := base64.RawStdEncoding.DecodeString("c2FsdHNhbHRzYWx0")
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawStdEncoding.EncodeToString(argon2.IDKey([]byte(password), salt, 1, memory, 1, 32))
}

func TestPassword_two_at_a_time(t *testing.T) {
	for range cap(slots) {
		slots <- struct{}{}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	_, err := HashPassword(ctx, "a third one waits its turn")
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	for range cap(slots) {
		release()
	}
}

func TestToken(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		prefix := rapid.SampledFrom([]string{"sb_", "sbx_", ""}).Draw(t, "prefix")
		a, ah := NewToken(prefix)
		b, bh := NewToken(prefix)
		if a == b || bytes.Equal(ah, bh) || !strings.HasPrefix(a.Reveal(), prefix) || len(a.Reveal()) != len(prefix)+43 || !bytes.Equal(TokenHash(a.Reveal()), ah) || len(ah) != 32 {
			t.Fatal("token")
		}
		if !Equal(a.Reveal(), a.Reveal()) || Equal(a.Reveal(), b.Reveal()) || Equal("", "x") {
			t.Fatal("Equal")
		}
	})
}

func TestCheckPassword(t *testing.T) {
	for _, c := range []struct{ password, email, code string }{
		{"short", "", "password_too_short"},
		{"elevenchars", "", "password_too_short"},
		{strings.Repeat("abcdefghij1!", 100), "", "password_too_long"},
		{"\xff\xfebadbadbadbad", "", "password_invalid"},
		{"aaaaaaaaaaaa", "", "password_common"},
		{"abababababab", "", "password_common"},
		{"horse7horse7horse7", "", "password_common"},
		{"123456789012", "", "password_common"},
		{"abcdefghijkl", "", "password_common"},
		{"987654321098", "", "password_common"},
		{"MyPassword2024!", "", "password_common"},
		{"P@ssw0rd1234", "", "password_common"},
		{"qwertyuiop123", "", "password_common"},
		{"iloveyou1234", "", "password_common"},
		{"Welcome2024!!", "", "password_common"},
		{"adminadmin123", "", "password_common"},
		{"Summer2025!Summer", "", "password_common"},
		{"letmein-please-2020", "", "password_common"},
		{"liverpoolfc1892", "", "password_common"},
		{"correcthorsebatterystaple", "", "password_common"},
		{"1q2w3e4r5t6y", "", "password_common"},
		{"switchboard#1x", "", "password_common"},
		{"ada.lovelace!77", "ada.lovelace@example.com", "password_personal"},
		{"xx-engine-9981", "ada@engine.example", "password_personal"},
		{"violet tram under bridges", "ada@example.com", ""},
		{"Tr0ub4dor&3xyzzy", "", ""},
		{"пароль-из-леса-семь", "", ""},
		{"xkq83mzpw02vb", "ada@example.com", ""},
		{"ada likes steam engines very much", "ada@steam.example", ""},
	} {
		err := CheckPassword(c.password, c.email)
		if (c.code == "") != (err == nil) || err != nil && !fault.Is(err, c.code) {
			t.Errorf("%q: %v, want %q", c.password, err, c.code)
		}
	}
}

// Random passwords of a manager are never called common.
func TestCheckPassword_lets_random_ones_through(t *testing.T) {
	for range 5000 {
		tok, _ := NewToken("")
		if err := CheckPassword(tok.Reveal()[:16], "someone@example.com"); err != nil {
			t.Fatalf("%q: %v", tok.Reveal()[:16], err)
		}
	}
}
