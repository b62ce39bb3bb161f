package api

import "strings"

// Code is an error code as /docs/errors explains it.
type Code struct {
	Code    string
	Status  int
	Meaning string
	Remedy  string
}

// coreCodes are those this package and the list grammar answer with.
var coreCodes = []Code{
	{"bad_cursor", 400, "The cursor does not belong to this list and order, or was changed.", "Take it unchanged from the Link header, or begin again without it."},
	{"bad_idempotency_key", 400, "The Idempotency-Key is empty, too long or not ASCII.", "Send a UUID."},
	{"bad_json", 400, "The body is not one valid JSON text.", "details names the byte."},
	{"bad_prefer", 400, "The Prefer header asks for something that is not offered, such as an upsert.", "hint names what is."},
	{"bad_query", 400, "The query is not URL-encoded.", "Encode each value."},
	{"bad_select", 400, "select holds a cast, another name, a path or an embedded resource.", "Name members of the row only."},
	{"bad_utf8", 400, "The body is not UTF-8.", "Encode it as UTF-8."},
	{"bad_value", 400, "A parameter has a value that does not fit.", "details names the parameter, hint the form."},
	{"duplicate_key", 400, "One object of the body names a member twice.", "Send each member once."},
	{"empty_body", 400, "A JSON body is needed.", "Send an object."},
	{"filter_required", 400, "A change by filter has no filter.", "Add one, such as id=eq.…"},
	{"incomplete_body", 400, "The body ended early or came too slowly.", "Send it again."},
	{"PGRST124", 400, "The change concerns more rows than max-affected allows.", "Narrow the filter."},
	{"range_unsupported", 400, "Lists are not read by Range.", "Use limit with offset or cursor."},
	{"too_deep", 400, "The body is nested too deep.", "details names the bound."},
	{"too_many_rows", 400, "The change concerns more than 1,000 rows.", "Narrow the filter and repeat."},
	{"unknown_operator", 400, "The operator is not known, or not for this field.", "hint names those that are."},
	{"unknown_parameter", 400, "The query has a parameter that is not known here.", "hint names those that are."},
	{"unauthenticated", 401, "Nobody is signed in.", "Sign in, or send a token as Authorization: Bearer."},
	{"forbidden", 403, "Your role does not allow this.", "details names the permission."},
	{"not_found", 404, "It does not exist, or belongs to another organization.", "Check the id."},
	{"method_not_allowed", 405, "The address does not take this method.", "Allow names those it takes."},
	{"not_acceptable", 406, "Only JSON is offered.", "Send Accept: application/json."},
	{"PGRST116", 406, "Exactly one row was asked for, and there were none or several.", "Narrow the filter, or ask for a list."},
	{"in_progress", 409, "The first request with this Idempotency-Key still runs.", "Wait and send it again."},
	{"precondition_failed", 412, "The row has changed since you read it.", "Read it again and send your change with the new ETag."},
	{"too_large", 413, "The body is too large.", "details names the bound."},
	{"unsupported_encoding", 415, "Compressed bodies are not read.", "Leave Content-Encoding out."},
	{"unsupported_media_type", 415, "The body is not declared as JSON.", "Send Content-Type: application/json."},
	{"bad_format", 422, "A member does not have its form.", "errors names it."},
	{"duplicate", 422, "An item occurs twice where each may occur once.", "errors names the list."},
	{"idempotency_mismatch", 422, "This Idempotency-Key was used with another body.", "Use a new key for a new request."},
	{"invalid", 422, "Several members are wrong.", "errors names them."},
	{"not_one_of", 422, "A member has none of its allowed values.", "errors names them."},
	{"out_of_range", 422, "A number is too small or too large.", "errors names the bound."},
	{"required", 422, "A member is missing.", "errors names it."},
	{"too_long", 422, "A text or list is too long.", "errors names the bound."},
	{"too_short", 422, "A text or list is too short.", "errors names the bound."},
	{"unknown_field", 422, "There is no such member; in a query (400), no such field.", "hint or errors name those there are."},
	{"wrong_type", 422, "A member is of another type.", "errors names the type."},
	{"too_many_requests", 429, "Too many requests came in a short time.", "Wait as long as Retry-After says."},
	{"internal", 500, "Something failed on our side.", "Try again; give the request id to your administrator."},
	{"query_too_broad", 503, "The list took too long and was stopped.", "Narrow it with a filter."},
	{"canceled", 503, "The caller went away.", "Nobody reads this one."},
	{"timeout", 503, "It took too long and was stopped.", "Try again later."},
}

func byCode(a, b Code) int {
	if a.Status != b.Status {
		return a.Status - b.Status
	}
	return strings.Compare(a.Code, b.Code)
}
