package rest

import "switchboard/internal/server/api"

// Codes are the error codes of the resources, for the documentation.
var Codes = []api.Code{
	{"invalid_credentials", 401, "Address or password is wrong.", "Check both; the address is not told apart from the password on purpose."},
	{"too_many_attempts", 429, "Too many failed attempts to sign in.", "Wait as long as Retry-After says."},
	{"https_required", 403, "The public URL is https, this sign-in came over http.", "Open the https address."},
	{"organization_required", 400, "The session has several organizations.", "Name one in X-Organization-Id."},
	{"source_missing", 409, "The channel has no credentials yet.", "Send them in settings, or link a free source."},
	{"source_taken", 409, "Another channel uses this source.", "Disconnect it there first."},
	{"name_taken", 409, "Another channel has this name.", "Choose another."},
	{"invalid_settings", 422, "Settings do not fit the channel type.", "errors names each one and why."},
	{"channel_inactive", 409, "The channel is switched off.", "Activate it, then send again."},
	{"channel_disconnected", 409, "The channel is disconnected.", "Reconnect its source."},
	{"channel_invalid", 409, "The channel's credentials are invalid.", "Replace and validate them."},
	{"channel_deleted", 409, "The conversation's channel was deleted.", "The conversation can only be read."},
	{"window_closed", 422, "The platform's window for free replies has lapsed.", "Send a template, or wait for the contact."},
	{"kind_unsupported", 422, "The channel type does not carry this kind of message.", "See capabilities in channel_types."},
	{"text_too_long", 422, "A text is longer than the platform allows.", "details names the limit and the length."},
	{"bad_payload", 422, "The payload does not belong to the kind.", "The API description shows the payload of each kind."},
	{"not_sent_yet", 422, "The message referred to has not reached the platform.", "Wait until it is sent."},
	{"not_retryable", 409, "Only a failed, canceled or uncertain message can be sent again.", "Send a new message."},
	{"not_cancelable", 409, "Only a message that still waits can be canceled.", "It has gone already."},
	{"not_uncertain", 409, "Only an uncertain message can be confirmed.", "Read its status."},
	{"not_replayable", 409, "The delivery was refused or its bytes have expired.", "Ask the provider to send it again."},
	{"bad_signature", 401, "A webhook's signature is missing or wrong.", "Check the app secret of the channel."},
	{"storage_unavailable", 503, "The database cannot be written at the moment.", "Repeat after Retry-After."},
	{"overloaded", 503, "More waits than can be stored.", "Repeat after Retry-After."},
}
