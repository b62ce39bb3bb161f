package rest

import "switchboard/internal/server/api"

// Codes are the error codes of the resources, for the documentation.
var Codes = []api.Code{
	{Code: "invalid_credentials", Status: 401, Meaning: "Address or password is wrong.", Remedy: "Check both; the address is not told apart from the password on purpose."},
	{Code: "last_administrator", Status: 409, Meaning: "The organization would be left without an administrator.", Remedy: "Make somebody else administrator first."},
	{Code: "already_member", Status: 409, Meaning: "The person belongs to the organization already.", Remedy: "Change the role in the list of members."},
	{Code: "link_invalid", Status: 404, Meaning: "An invitation or a link for a new password was used, has expired, or is incomplete.", Remedy: "Ask for a new one."},
	{Code: "wrong_password", Status: 422, Meaning: "The password given is another.", Remedy: "Check it; capitals count."},
	{Code: "people_only", Status: 403, Meaning: "Sessions and passwords belong to people, not to API tokens.", Remedy: "Sign in to the web app."},
	{Code: "too_many_attempts", Status: 429, Meaning: "Too many failed attempts to sign in.", Remedy: "Wait as long as Retry-After says."},
	{Code: "https_required", Status: 403, Meaning: "The public URL is https, this sign-in came over http.", Remedy: "Open the https address."},
	{Code: "organization_required", Status: 400, Meaning: "The session has several organizations.", Remedy: "Name one in X-Organization-Id."},
	{Code: "source_missing", Status: 409, Meaning: "The channel has no credentials yet.", Remedy: "Send them in settings, or link a free source."},
	{Code: "source_in_use", Status: 409, Meaning: "An active channel uses the source.", Remedy: "Add ?disconnect=true, or switch the channel off."},
	{Code: "source_taken", Status: 409, Meaning: "Another channel uses this source.", Remedy: "Disconnect it there first."},
	{Code: "name_taken", Status: 409, Meaning: "Another channel has this name.", Remedy: "Choose another."},
	{Code: "invalid_settings", Status: 422, Meaning: "Settings do not fit the channel type.", Remedy: "errors names each one and why."},
	{Code: "channel_inactive", Status: 409, Meaning: "The channel is switched off.", Remedy: "Activate it, then send again."},
	{Code: "channel_disconnected", Status: 409, Meaning: "The channel is disconnected.", Remedy: "Reconnect its source."},
	{Code: "channel_invalid", Status: 409, Meaning: "The channel's credentials are invalid.", Remedy: "Replace and validate them."},
	{Code: "channel_deleted", Status: 409, Meaning: "The conversation's channel was deleted.", Remedy: "The conversation can only be read."},
	{Code: "window_closed", Status: 422, Meaning: "The platform's window for free replies has lapsed.", Remedy: "Send a template, or wait for the contact."},
	{Code: "kind_unsupported", Status: 422, Meaning: "The channel type does not carry this kind of message.", Remedy: "See capabilities in channel_types."},
	{Code: "text_too_long", Status: 422, Meaning: "A text is longer than the platform allows.", Remedy: "details names the limit and the length."},
	{Code: "bad_payload", Status: 422, Meaning: "The payload does not belong to the kind.", Remedy: "The API description shows the payload of each kind."},
	{Code: "not_sent_yet", Status: 422, Meaning: "The message referred to has not reached the platform.", Remedy: "Wait until it is sent."},
	{Code: "not_retryable", Status: 409, Meaning: "Only a failed, canceled or uncertain message can be sent again.", Remedy: "Send a new message."},
	{Code: "not_cancelable", Status: 409, Meaning: "Only a message that still waits can be canceled.", Remedy: "It has gone already."},
	{Code: "not_uncertain", Status: 409, Meaning: "Only an uncertain message can be confirmed.", Remedy: "Read its status."},
	{Code: "not_replayable", Status: 409, Meaning: "The delivery was refused or its bytes have expired.", Remedy: "Ask the provider to send it again."},
	{Code: "nothing_issued", Status: 409, Meaning: "Nothing of that kind was issued for the source.", Remedy: "Test the source first."},
	{Code: "bad_signature", Status: 401, Meaning: "A webhook's signature is missing or wrong.", Remedy: "Check the app secret of the channel."},
	{Code: "storage_unavailable", Status: 503, Meaning: "The database cannot be written at the moment.", Remedy: "Repeat after Retry-After."},
	{Code: "overloaded", Status: 503, Meaning: "More waits than can be stored.", Remedy: "Repeat after Retry-After."},
}
