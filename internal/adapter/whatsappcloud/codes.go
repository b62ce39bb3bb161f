package whatsappcloud

import (
	"strconv"
	"time"

	"switchboard/internal/adapter"
)

// rule says what an error code means for us.
type rule struct {
	reason adapter.Reason
	scope  adapter.Scope // for Throttled
	wait   time.Duration // when the answer asks for none
	title  string
	hint   string
}

const (
	hintToken    = "Create a new access token for the system user and enter it as Access token (step 12 of the guide)."
	hintRights   = "Assign the app and the WhatsApp account to the system user with full control, then create a token with both WhatsApp permissions (steps 11 and 12 of the guide)."
	hintTemplate = "Compare the template in WhatsApp Manager with what was filled in."
	hintMarket   = "Marketing templates to this person may go again after a day at the earliest."
	hintAccount  = "Open WhatsApp Manager: it shows what Meta asks for."
	hintRegister = "Register the number with its PIN (step 15 of the guide)."
)

// unknown is the rule of codes that no table names; the HTTP status decides.
var unknown = rule{reason: adapter.Rejected, title: "Refused by WhatsApp"}

// unknownRule: refused for good on 4xx, to be tried again on 5xx (Meta: Error
// codes gives 5xx to temporary ones only). An answer with an error object
// proves that the message was not taken.
func unknownRule(status int) rule {
	if status >= 500 {
		return rule{reason: adapter.Unreachable, title: "WhatsApp has a problem"}
	}
	return unknown
}

// codes is Meta's table (Meta: Cloud API › Error codes). Limits on marketing
// alone (131048 apart) are Rejected, not Throttled: waiting would hold up the
// answers of agents on the same account.
var codes = map[int]rule{
	0:  {adapter.AuthExpired, "", 0, "The access token cannot be verified", hintToken},
	1:  {adapter.Unreachable, "", 0, "WhatsApp reports an unknown problem", ""},
	2:  {adapter.Unreachable, "", 0, "WhatsApp is temporarily down", ""},
	3:  {adapter.AuthExpired, "", 0, "The app lacks a permission", hintRights},
	4:  {adapter.Throttled, adapter.WholeAccount, time.Minute, "The app made too many calls", ""},
	10: {adapter.AuthExpired, "", 0, "A permission is missing or was withdrawn", hintRights},
	33: {adapter.BadSettings, "", 0, "The phone number id does not exist or is not visible", "Check Phone number ID and that the token's system user may see the account."},

	100:   {adapter.Rejected, "", 0, "A parameter is not valid", ""},
	190:   {adapter.AuthExpired, "", 0, "The access token is expired or was withdrawn", hintToken},
	368:   {adapter.BadSettings, "", 0, "The account is restricted for violating a policy", hintAccount},
	80007: {adapter.Throttled, adapter.WholeAccount, time.Minute, "The account made too many calls", ""},
	80008: {adapter.Throttled, adapter.WholeAccount, time.Minute, "The account made too many calls", ""},

	130403: {adapter.Blocked, "", 0, "Your business has blocked this person", "Unblock the person in WhatsApp Manager first."},
	130429: {adapter.Throttled, adapter.WholeAccount, 0, "The number sends too fast", ""},
	130472: {adapter.Rejected, "", 0, "Not delivered: the person is in an experiment of Meta", "Wait until the person writes, or use another channel."},
	130497: {adapter.Rejected, "", 0, "This business may not message that country", ""},

	131000: {adapter.Unreachable, "", 0, "Something went wrong at WhatsApp", ""},
	131005: {adapter.AuthExpired, "", 0, "Access denied", hintRights},
	131008: {adapter.Rejected, "", 0, "A required parameter is missing", ""},
	131009: {adapter.Rejected, "", 0, "A parameter value is not valid", ""},
	131016: {adapter.Unreachable, "", 0, "The service is temporarily unavailable", ""},
	131020: {adapter.Rejected, "", 0, "The group message was refused", ""},
	131021: {adapter.Rejected, "", 0, "Sender and recipient are the same number", ""},
	131026: {adapter.Blocked, "", 0, "The message cannot be delivered to this number", "The person may not use WhatsApp, or an old version of it. Use another channel."},
	131030: {adapter.Rejected, "", 0, "A test number may write to listed recipients only", "Add the recipient to the list of the test number, or connect a production number (step 15 of the guide)."},
	131031: {adapter.BadSettings, "", 0, "The account is locked", hintAccount},
	131037: {adapter.BadSettings, "", 0, "The number's display name is not approved", hintAccount},
	131042: {adapter.BadSettings, "", 0, "There is a problem with the payment method", "Check the payment method of the WhatsApp account (step 5 of the guide)."},
	131045: {adapter.BadSettings, "", 0, "The number is not registered properly", hintRegister},
	131047: {adapter.WindowClosed, "", 0, "The 24-hour window is closed", "Send a template, or wait until the person writes."},
	131048: {adapter.Throttled, adapter.WholeAccount, time.Hour, "Too many recipients blocked or reported this number", "Pause broadcasts and check the number's quality in WhatsApp Manager."},
	131049: {adapter.Rejected, "", 0, "Meta chose not to deliver this marketing message", hintMarket},
	131050: {adapter.Blocked, "", 0, "The person does not want marketing messages", "Answer only when the person writes."},
	131051: {adapter.Rejected, "", 0, "The message type is not supported", ""},
	131052: {adapter.Rejected, "", 0, "The file could not be downloaded", ""},
	131053: {adapter.Rejected, "", 0, "The file could not be processed", "Check its type and size."},
	131055: {adapter.Rejected, "", 0, "The method is not allowed for this account", ""},
	131056: {adapter.Throttled, adapter.ThisRecipient, 0, "Too many messages to this person in a short time", ""},
	131057: {adapter.Throttled, adapter.WholeAccount, time.Minute, "The account is in maintenance", ""},
	131060: {adapter.Rejected, "", 0, "The message is not available", ""},
	131062: {adapter.Rejected, "", 0, "This template needs a phone number", ""},
	131063: {adapter.Rejected, "", 0, "Marketing templates are switched off for this account", hintAccount},
	131064: {adapter.Rejected, "", 0, "Templates are blocked for a while because of a wrong category", hintAccount},

	132000: {adapter.Rejected, "", 0, "The number of template parameters does not match", hintTemplate},
	132001: {adapter.Rejected, "", 0, "The template does not exist in this language or is not approved", hintTemplate},
	132005: {adapter.Rejected, "", 0, "The filled template is too long", ""},
	132007: {adapter.Rejected, "", 0, "The template violates a format rule", hintTemplate},
	132008: {adapter.Rejected, "", 0, "A template parameter has the wrong type", hintTemplate},
	132012: {adapter.Rejected, "", 0, "A template parameter has the wrong format", hintTemplate},
	132015: {adapter.Rejected, "", 0, "The template is paused because of its quality", hintTemplate},
	132016: {adapter.Rejected, "", 0, "The template is disabled", "Use another template."},
	132018: {adapter.Rejected, "", 0, "A template parameter is not valid", hintTemplate},
	132068: {adapter.Rejected, "", 0, "The flow is blocked", ""},
	132069: {adapter.Rejected, "", 0, "The flow was sent too often in the last hour", ""},

	133000: {adapter.BadSettings, "", 0, "An earlier deregistration is incomplete", hintRegister},
	133004: {adapter.Unreachable, "", 0, "WhatsApp's server is temporarily unavailable", ""},
	133005: {adapter.BadSettings, "", 0, "The PIN is wrong", hintRegister},
	133006: {adapter.BadSettings, "", 0, "The number must be verified again", hintAccount},
	133008: {adapter.BadSettings, "", 0, "The PIN was guessed too often", hintAccount},
	133009: {adapter.BadSettings, "", 0, "The PIN was guessed too fast", hintAccount},
	133010: {adapter.BadSettings, "", 0, "The number is not registered", hintRegister},
	133015: {adapter.Throttled, adapter.WholeAccount, 5 * time.Minute, "The number was deleted a moment ago", ""},
	133016: {adapter.BadSettings, "", 0, "The number was registered too often", "Wait 72 hours, then register again."},

	134011:  {adapter.BadSettings, "", 0, "The terms for payments are not accepted", hintAccount},
	134100:  {adapter.Rejected, "", 0, "Only marketing templates may go this way", ""},
	134101:  {adapter.Rejected, "", 0, "The template is still being prepared", "Try again in ten minutes."},
	134102:  {adapter.Rejected, "", 0, "The template cannot be sent this way", ""},
	135000:  {adapter.Rejected, "", 0, "WhatsApp refuses the parameters", ""},
	137000:  {adapter.Rejected, "", 0, "The person's identity changed", "Confirm who you are writing to, then try again."},
	2494100: {adapter.Throttled, adapter.WholeAccount, 5 * time.Minute, "The number is in maintenance", ""},
}

// lookup finds the rule of a code and subcode.
func lookup(code, subcode string) rule {
	n, err := strconv.Atoi(code)
	if err != nil {
		return unknown
	}
	if n == 100 && subcode == "33" {
		return codes[33]
	}
	if r, ok := codes[n]; ok {
		return r
	}
	if n >= 200 && n <= 299 {
		return rule{reason: adapter.AuthExpired, title: "A permission is missing", hint: hintRights}
	}
	return unknown
}
