package adapter

// Names are the channel types the API contract knows, built or not: a filter by
// one of them is understood and finds nothing where there is none.
var Names = []string{"WHATSAPP_CLOUD", "WHATSAPP_LITE", "MESSENGER", "INSTAGRAM", "WECHAT", "LINE", "TELEGRAM", "TIKTOK", "EMAIL", "LINKEDIN",
	"SHOPIFY_INBOX", "SMS", "WEB_PUSH", "MOBILE_PUSH", "THIRD_PARTY"}

// Aliases are other names of types that outside programs use.
var Aliases = map[string]string{"SHRINKIT_PUSH": "MOBILE_PUSH", "FACEBOOK": "MESSENGER", "THIRDPARTY": "THIRD_PARTY"}
