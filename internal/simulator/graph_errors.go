package simulator

import (
	"encoding/json"
	"net/http"
)

// graphErrors is the part of Meta's table the simulator can answer with (Meta
// documentation: §2.11): HTTP status and title by code.
var graphErrors = map[int]struct {
	http  int
	title string
}{
	0: {401, "AuthException"}, 1: {400, "API Unknown"}, 2: {503, "API Service"}, 3: {500, "API Method"}, 4: {400, "API Too Many Calls"},
	10: {403, "Permission Denied"}, 33: {400, "Parameter value is not valid"}, 100: {400, "Invalid parameter"}, 190: {401, "Access token has expired"},
	200: {403, "API Permission"}, 368: {403, "Temporarily blocked for policies violations"}, 2200: {400, "Callback verification failed"},
	80007: {400, "Rate limit issues"}, 80008: {400, "Rate limit issues"},
	130403: {400, "Business has blocked this user"}, 130429: {400, "Rate limit hit"}, 130472: {400, "User's number is part of an experiment"},
	130497: {403, "Business account is restricted from messaging users in this country"},
	131000: {500, "Something went wrong"}, 131005: {403, "Access denied"}, 131008: {400, "Required parameter is missing"},
	131009: {400, "Parameter value is not valid"}, 131016: {500, "Service unavailable"}, 131021: {400, "Recipient cannot be sender"},
	131026: {400, "Message undeliverable"}, 131030: {400, "Recipient phone number not in allowed list"}, 131031: {403, "Account has been locked"},
	131037: {400, "Display name of provided number not approved"}, 131042: {400, "Business eligibility payment issue"},
	131045: {500, "Incorrect certificate"}, 131047: {400, "Re-engagement message"}, 131048: {400, "Spam rate limit hit"},
	131049: {400, "Meta chose not to deliver"}, 131050: {400, "User has stopped marketing messages"}, 131051: {400, "Unsupported message type"},
	131052: {400, "Media download error"}, 131053: {400, "Media upload error"}, 131056: {400, "Pair rate limit hit"},
	131057: {500, "Account in maintenance mode"}, 131062: {400, "Recipient identifier not supported"}, 131063: {400, "Marketing disabled"},
	131064: {400, "Temporarily blocked for template misclassification"},
	132000: {400, "Template Param Count Mismatch"}, 132001: {404, "Template does not exist"}, 132005: {400, "Template Hydrated Text Too Long"},
	132007: {400, "Template Format Character Policy Violated"}, 132008: {400, "Template Parameter Type Mismatch"}, 132012: {400, "Template Parameter Format Mismatch"},
	132015: {400, "Template is Paused"}, 132016: {400, "Template is Disabled"}, 132018: {400, "Template parameters are not valid"},
	132068: {400, "Flow is in blocked state"}, 132069: {400, "Flow is in throttled state"},
	133004: {503, "Server Temporarily Unavailable"}, 133005: {400, "Two step verification PIN Mismatch"}, 133010: {400, "Phone number Not Registered"},
	134011: {400, "Payments terms not accepted"}, 135000: {400, "Generic user error"}, 137000: {400, "Recipient identity key has changed"},
}

// graphError is an answer in Graph's envelope (Meta documentation: §0.4).
type graphError struct {
	code, subcode int
	message       string // without the "(#code) " prefix
	details       string // error_data.details
	status        int    // 0 = from the table
}

func (e *graphError) httpStatus() int {
	if e.status != 0 {
		return e.status
	}
	if s := graphErrors[e.code].http; s != 0 {
		return s
	}
	return http.StatusBadRequest
}

func (e *graphError) body(trace string) []byte {
	msg := orDefault(e.message, graphErrors[e.code].title)
	kind := "OAuthException"
	if e.code == 100 && e.subcode == 33 {
		kind = "GraphMethodException"
	} else if e.code != 190 && e.code != 0 {
		msg = "(#" + itoa(e.code) + ") " + msg
	}
	o := object{"message", msg, "type", kind, "code", e.code}
	if e.details != "" {
		o = append(o, "error_data", object{"messaging_product", "whatsapp", "details", e.details})
	}
	if e.subcode != 0 {
		o = append(o, "error_subcode", e.subcode)
	}
	b, _ := json.Marshal(object{"error", append(o, "fbtrace_id", trace)})
	return b
}

// errorObject is the same error inside a webhook (Meta documentation: §2.9).
func errorObject(code int, details string) object {
	t := graphErrors[code].title
	o := object{"code", code, "title", t, "message", t}
	if details != "" {
		o = append(o, "error_data", object{"details", details})
	}
	return append(o, "href", "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/")
}

func missing(what string) *graphError {
	return &graphError{code: 131008, details: "Parameter " + what + " is required."}
}

func invalid(details string) *graphError { return &graphError{code: 131009, details: details} }

func tooLong(what string, n int) *graphError {
	return &graphError{code: 100, message: "Param " + what + " must be at most " + itoa(n) + " characters long."}
}

var errUnknownObject = func(id, method string) *graphError {
	verb := "get"
	if method != http.MethodGet {
		verb = "post"
	}
	return &graphError{code: 100, subcode: 33, message: "Unsupported " + verb + " request. Object with ID '" + id +
		"' does not exist, cannot be loaded due to missing permissions, or does not support this operation."}
}
