package account

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
)

func TestTableOfPermissions(t *testing.T) {
	name := regexp.MustCompile(`^[a-z_]+\.[a-z_]+$`)
	seen := map[string]bool{}
	for _, p := range Permissions() {
		if !name.MatchString(p.Name) || p.Doc == "" || seen[p.Name] || !slices.Contains(p.In, Administrator) {
			t.Errorf("%+v", p)
		}
		seen[p.Name] = true
	}
	for _, r := range Roles() {
		if len(roleSets[r.Name]) == 0 || r.Doc == "" {
			t.Errorf("the role %s may nothing", r.Name)
		}
	}
	if len(setOf("king")) != 0 {
		t.Error("an unknown role may something")
	}
}

func TestRequireSaysWhatIsMissing(t *testing.T) {
	agent := NewMemberActor(Member{Role: Agent})
	if err := agent.Require(InboxView); err != nil {
		t.Fatal(err)
	}
	err := agent.Require(ChannelsEdit)
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Forbidden || f.Code != "forbidden" ||
		!strings.Contains(f.Details, ChannelsEdit) || !strings.Contains(f.Hint, Administrator) {
		t.Fatal(err)
	}
	if (Actor{}).May(InboxView) || NewActor(Actor{}, "nonsense").May("nonsense") {
		t.Fatal("nobody may something")
	}
	token := NewActor(Actor{Token: id.New()})
	if !strings.Contains(fault.As(token.Require(InboxView)).Hint, "token") {
		t.Fatal("the hint is not for tokens")
	}
}
