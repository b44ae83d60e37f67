package mask

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// theirs are the transformers, generators and functions that other tools
// list, by the heading of their table in docs/coming-from.md.
var theirs = map[string]string{
	"Greenmask": `Cmd Dict Hash Json NoiseDate NoiseFloat NoiseInt NoiseNumeric RandomAmountWithCurrency RandomBool RandomCCNumber RandomCCType RandomCentury RandomChoice
		RandomCompany RandomCurrency RandomDate RandomDayOfMonth RandomDayOfWeek RandomDomainName RandomE164PhoneNumber RandomEmail RandomFloat RandomInt RandomIp RandomLatitude
		RandomLongitude RandomMac RandomMonthName RandomNumeric RandomParagraph RandomPassword RandomPerson RandomPhoneNumber RandomSentence RandomString RandomTimezone
		RandomTollFreePhoneNumber RandomURL RandomUnixTimestamp RandomUsername RandomUuid RandomWord RandomYearString RealAddress RegexpReplace Replace SetNull Template TemplateRecord`,
	"pgstream": `email encrypted_aes_siv greenmask_boolean greenmask_choice greenmask_date greenmask_firstname greenmask_float greenmask_integer greenmask_string
		greenmask_unix_timestamp greenmask_utc_timestamp greenmask_uuid hstore json literal_string masking neosync_email neosync_firstname neosync_fullname neosync_lastname
		neosync_string pg_anonymizer phone_number string template noop`,
	"Neosync": `GenerateBool GenerateBusinessName GenerateCardNumber GenerateCategorical GenerateCity GenerateCountry GenerateDefault GenerateE164PhoneNumber GenerateEmail
		GenerateFirstName GenerateFloat64 GenerateFullAddress GenerateFullName GenerateGender GenerateInt64 GenerateInt64PhoneNumber GenerateIpAddress GenerateJavascript
		GenerateLastName GenerateNull GenerateRandomInt64 GenerateRandomString GenerateSHA256Hash GenerateSSN GenerateState GenerateStreetAddress GenerateString
		GenerateStringPhoneNumber GenerateUnixTimestamp GenerateUsername GenerateUtcTimestamp GenerateUuid GenerateZipcode TransformCharacterScramble TransformE164PhoneNumber
		TransformEmail TransformFirstName TransformFloat64 TransformFullName TransformInt64 TransformInt64PhoneNumber TransformJavascript TransformLastName TransformPhoneNumber
		TransformPiiText TransformScrambleIdentity TransformString TransformUuid Passthrough UserDefined`,
	"PostgreSQL Anonymizer": `noise dnoise partial partial_email left length ternary hash digest random_hash lorem_ipsum image_blur random_string random_zip random_phone random_date
		random_date_between random_int_between random_bigint_between random_in random_in_enum random_in_int4range random_in_int8range random_in_numrange random_in_daterange
		random_in_tsrange random_in_tstzrange random_id random_id_int random_id_small_int random_id_seq fake_address fake_city fake_company fake_country fake_email fake_first_name
		fake_iban fake_last_name fake_postcode fake_siret pseudo_city pseudo_company pseudo_country pseudo_email pseudo_first_name pseudo_iban pseudo_last_name pseudo_siret
		seeded_* generalize_int4range generalize_int8range generalize_numrange generalize_daterange generalize_tsrange generalize_tstzrange shuffle_column k_anonymity
		dummy_bic dummy_bs dummy_bs_adj dummy_bs_noun dummy_bs_verb dummy_building_number dummy_buzzword dummy_buzzword_middle dummy_buzzword_tail dummy_catchphrase
		dummy_cell_number dummy_city_name dummy_city_prefix dummy_city_suffix dummy_color dummy_company_name dummy_company_suffix dummy_country_code dummy_country_name
		dummy_credit_card_number dummy_currency_code dummy_currency_name dummy_currency_symbol dummy_dir_path dummy_domain_suffix dummy_file_extension dummy_file_name
		dummy_file_path dummy_first_name dummy_free_email dummy_free_email_provider dummy_health_insurance_code dummy_hex_color dummy_hsl_color dummy_hsla_color dummy_industry
		dummy_ip dummy_ipv4 dummy_ipv6 dummy_isbn dummy_isbn13 dummy_isin dummy_last_name dummy_latitude dummy_licence_plate dummy_longitude dummy_mac_address dummy_name
		dummy_name_with_title dummy_phone_number dummy_post_code dummy_profession dummy_rfc_status_code dummy_rgb_color dummy_rgba_color dummy_safe_email dummy_secondary_address
		dummy_secondary_address_type dummy_state_abbr dummy_state_name dummy_street_name dummy_street_suffix dummy_suffix dummy_timezone dummy_title dummy_user_agent dummy_username
		dummy_uuidv1 dummy_uuidv3 dummy_uuidv4 dummy_uuidv5 dummy_valid_statux_code dummy_word dummy_words dummy_zip_code`,
	"Tonic Structural": `Address Algebraic Categorical Conditional Constant Continuous Email Geo Hostname Name Noise Null Passthrough Phone SIN SSN FNR URL`,
	"pg_anon": `digest dnoise hex_to_int noise partial partial_email random_bigint_between random_date random_date_between random_hash random_in random_inn random_int_between
		random_phone random_string random_zip`,
	"Replibyte": `email first-name phone-number random keep-first-char transient credit-card redacted custom-wasm`,
	"Delphix":   `mapping tokenization min/max name e-mail`,
	"datanymizer": `boolean datetime plain random_num capitalize none pipeline template json uuid company_activity company_adjective company_buzzword company_catch_phrase
		company_motto company_name company_name_alt company_noun company_suffix company_verb industry profession currency_code currency_name currency_symbol dir_path file_extension
		file_name file_path domain_suffix email free_email free_email_provider ip local_cell_phone local_phone mac_address password phone user_agent username job_field job_position
		job_seniority job_title building_number city city_prefix city_suffix country_code country_name dwelling dwelling_units dwelling_units_part latitude longitude post_code
		state_abbr state_name street_name street_suffix time_zone zip_code first_name last_name middle_name name_suffix person_name person_name_with_title person_title
		paragraph paragraphs sentence sentences word words base_token hex_token color digit`,
}

// Names with blanks in them.
var theirPhrases = map[string]string{
	"Greenmask":             `Masking (default),Masking (password),Masking (name),Masking (addr),Masking (email),Masking (mobile),Masking (tel),Masking (id),Masking (credit),Masking (url),Masking (postcode)`,
	"PostgreSQL Anonymizer": `MASKED WITH VALUE,NOT MASKED`,
	"Tonic Structural": `Array Character Scramble,Array JSON Mask,ASCII Key,Character Scramble,Character Substitution,Custom Categorical,JSON Mask,Random Integer,Alphanumeric String Key,Array Regex Mask,
Business Name,Company Name,Cross Table Sum,CSV Mask,Date Truncation,Event Timelines,File Name,Find and Replace,HIPAA Address,HStore Mask,HTML Mask,Integer Key,International Address,IP Address,MAC Address,
Mongo ObjectId Key,Numeric String Key,Random Boolean,Random Double,Random Hash,Random Timestamp,Random UUID,Regex Mask,Sequential Integer,Shipping Container,Struct Mask,Timestamp Shift,Unique Email,UUID Key,XML Mask`,
	"Delphix": `secure lookup,segment mapping,character mapping,binary lookup,data cleansing,date shift,payment card,free text redaction`,
}

// Every transformer of another tool stands beside masks that there are, or
// beside a reason.
func TestComingFrom(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "coming-from.md"))
	if err != nil {
		t.Fatal(err)
	}
	quoted := regexp.MustCompile("`([a-z0-9_]+)`")
	function := regexp.MustCompile("`function: ([a-z0-9]+)`")
	rows := map[string]map[string]bool{}
	tool := ""
	for n, line := range strings.Split(string(text), "\n") {
		if name, ok := strings.CutPrefix(line, "## "); ok {
			tool = name
			rows[tool] = map[string]bool{}
		}
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| there ") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		if len(cells) < 2 {
			t.Errorf("line %d: %q", n+1, line)
			continue
		}
		for _, name := range strings.Split(cells[0], ", ") {
			rows[tool][name] = true
		}
		reason, refused := strings.CutPrefix(cells[1], "not offered, because ")
		names := quoted.FindAllStringSubmatch(cells[1], -1)
		if refused && len(reason) < 15 || !refused && len(names) == 0 {
			t.Errorf("line %d: %s stands beside no mask and no reason: %q", n+1, cells[0], cells[1])
		}
		for _, name := range names {
			if Find(name[1]) == nil {
				t.Errorf("line %d: %s: there is no mask %s", n+1, cells[0], name[1])
			}
		}
		for _, f := range function.FindAllStringSubmatch(line, -1) {
			if _, err := lookUp("function", f[1], false); err != nil {
				t.Errorf("line %d: %s: gofakeit: %v", n+1, cells[0], err)
			}
		}
	}
	for tool, list := range theirs {
		names := strings.Fields(list)
		for _, phrase := range strings.Split(theirPhrases[tool], ",") {
			if phrase = strings.TrimSpace(phrase); phrase != "" {
				names = append(names, phrase)
			}
		}
		slices.Sort(names)
		for _, name := range names {
			if !rows[tool][name] {
				t.Errorf("%s: nothing is said of %s", tool, name)
			}
		}
	}
}
