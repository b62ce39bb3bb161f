package rest_test

import (
	"reflect"
	"testing"

	"switchboard/internal/domain/account"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/server/rest"
)

// aboutOneself are what everybody may ask of a service: it concerns himself, or
// decides by what it is given.
var aboutOneself = map[string]bool{
	"account.Me": true, "account.Sessions": true, "account.EndSession": true, "account.EndOtherSessions": true,
	"account.Logins": true, "account.ChangePassword": true,
	"delivery.Read":        true, // tells who has just changed a delivery what became of it
	"inbox.CloseOfChannel": true, // gives what a channel's deletion runs, which is asked for itself
}

// Every service asks for a permission before it looks at anything, so that no
// way in can forget to: the services here have no database, and who asks may
// nothing.
func TestEveryServiceAsksForAPermission(t *testing.T) {
	nobody := account.NewActor(account.Actor{Organization: id.New(), Member: id.New(), User: id.New(), Session: id.New()})
	services, asked := reflect.TypeFor[rest.Services](), 0
	for i := range services.NumField() {
		f := services.Field(i).Type
		if f.Kind() != reflect.Pointer || f.Elem().Kind() != reflect.Struct {
			continue
		}
		v := reflect.New(f.Elem())
		for m := range f.NumMethod() {
			method := f.Method(m)
			name := f.Elem().PkgPath()[len("switchboard/internal/domain/"):] + "." + method.Name
			takes := false
			args := []reflect.Value{v}
			for n := 1; n < method.Type.NumIn(); n++ {
				in := method.Type.In(n)
				switch {
				case in == reflect.TypeFor[account.Actor]():
					takes = true
					args = append(args, reflect.ValueOf(nobody))
				case in.String() == "context.Context":
					args = append(args, reflect.ValueOf(t.Context()))
				default:
					args = append(args, reflect.Zero(in))
				}
			}
			if !takes || aboutOneself[name] {
				continue
			}
			asked++
			if err := refusal(method, args); err == nil || fault.As(err).Kind != fault.Forbidden {
				t.Errorf("%s does not ask for a permission first: %v", name, err)
			}
		}
	}
	if asked < 40 {
		t.Errorf("%d methods asked: the test proves nothing", asked)
	}
}

// refusal calls a method and gives the error it ends with, or that it went on
// into what is not there.
func refusal(m reflect.Method, args []reflect.Value) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault.New(fault.Internal, "went_on", "it went on: %v", p)
		}
	}()
	call := m.Func.Call
	if m.Type.IsVariadic() {
		call = m.Func.CallSlice
	}
	out := call(args)
	err, _ = out[len(out)-1].Interface().(error)
	return err
}
