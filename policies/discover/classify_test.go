package discover_test

import (
	"strings"
	"testing"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/policies/discover"
)

// TestTable: what names say with their table, types and neighbours. Columns are
// written name:type=class.
func TestTable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ table, columns string }{
		{"pacientes", "dir_pac:text=address nombre_pac:text=full_name xyz:text=unknown"}, // pac is of pacientes
		{"claims", "loss_location:text=address lugar_siniestro:text=address start_location:text=address bin_location:text=category"},
		{"audit", "crt_usr_id:text=username usu_alta:text=username last_user:text=username last_login_ip:text=ip"},
		{"people", "dob_day:text=birth_date dob_month:text=birth_date halter_geb:date=birth_date sex_at_birth:text=category"},
		{"addresses", "indirizzo:text=address indirizzo_provincia:text=category indirizzo_cap:text=postal_code address_country:text=category"},
		{"policies", "adjuster_name:text=full_name presiding_judge:text=full_name prev_landlord:text=full_name printer_name:text=category"},
		{"kna1", "TELF1:text=phone STRAS:text=street ERNAM:text=username BELNR:text=category"},
		{"cust_mst", "JT_HLDR_NM:text=full_name MTHR_MDN_NM:text=last_name"},
		{"job_seeker_statuses", "value:text=unknown description:text=category"},
		{"klienci", "imie:text=first_name nr_lokalu:text=street kod_pocztowy:text=postal_code uwagi:text=free_text"},
		{"orders", "buyer_first:text=first_name buyer_last:text=last_name tel_day:text=phone pw_bcrypt:text=password_hash"},
		{"objekte", "strasse:text=street obj_nr:text=key"},
		{"sessions", "sid:text=secret_token data:text=json"},
		{"patients", "name:text=full_name contact:text=phone reg_no:text=person_number"},
		{"patients", "name:text=full_name contact:text=full_name phone:text=phone"}, // the phone stands beside it
		{"tenants", "first_name:text=first_name personal_id:text=national_id name:text=last_name"},
		{"bank", "account_name:text=full_name account_number:text=bank_account iban_holder:text=full_name"},
		{"lists", "lst_id:int4=plain lst_org:int4=plain lst_usr:int4=plain lst_name:text=unknown lst_global:text=unknown"},                          // no last name
		{"user_data", "usd_id:int4=plain usd_usr_id:int4=plain usd_value:text=free_text"},                                                           // few columns, one prefix
		{"menus", "men_name:text=category men_name_intern:text=category men_node:text=unknown"},                                                     // no intern's name
		{"auto_login", "atl_auto_login_id:text=category atl_session_id:text=secret_token atl_ip:text=ip"},                                           // auto is no affix
		{"etablissements", "entreprise_nom:text=last_name entreprise_prenom:text=first_name enseigne:text=company"},                                 // halves with a word around
		{"dates", "location:text=address start_date:date=plain end_date:date=plain"},                                                                // where it takes place
		{"oxuser", "oxid:text=key oxfname:text=first_name oxlname:text=last_name oxstreetnr:text=street oxaddinfo:text=street oxmobfon:text=phone"}, // one prefix, glued
		{"suppliers", "sid:text=key sname:text=company sphone:text=phone scity:text=city"},
		{"passengers", "passport:text=national_id password:text=password_hash passage:text=unknown passing:text=unknown"}, // no prefix: what is left are no words
		{"sessions", "id:text=secret_token expires:int4=plain"},
		{"comments", "name:text=full_name anonymous:bool=plain text:text=free_text"},
		{"voisin", "idvoisin:int4=plain nomcompletvoisin:text=full_name villevoisin:text=city telephonevoisin:text=phone"}, // the table's name, glued to the end
		{"tarifs", "code:text=category description:text=category"},                                                         // describes what has a code
		{"mail_templates", "subject:text=category body:text=category"},                                                     // the same for everybody
		{"hooks", "config:jsonb=category events:jsonb=category payload:jsonb=json"},
		{"members", "member_ids:jsonb=category preferences:jsonb=json licence_photo:text=url passport_scan:text=url age_of_kin:int4=plain"}, // pictures of papers
		{"clients", "client_address:text=address client_city:text=city client_phone:text=phone"},
		{"imports", "raw_payload:text=json error_message:text=category"},
		{"children", "ec_no:int4=plain ec_seq:int4=plain ec_name:text=full_name"},
		{"claims", "arrest_location:text=address opinion_asegurado:text=unknown"},
		{"spaces", "country:text=category pais:text=category"},
		{"expenses", "number_document:text=category amount:numeric=plain"},
		{"visits", "createdby:text=username reportedby:text=username standby:text=unknown"},
		{"staff", "employee_no:text=person_number car_plate:text=person_number passport_no:text=national_id"},
		{"api_tokens", "name:text=category value:text=secret_token"},
		{"users", "identifier:text=username password:text=password_hash"},
		{"settings", "clave:text=category valor:text=unknown"},
		{"posts", "title:text=free_text description:text=free_text user_id:int4=plain"}, // somebody wrote it
		{"letters", "resident_id:int8=key resident_no:text=national_id citizen_id:text=national_id"},
		{"firms", "betriebsname:text=company number_of_employees:int4=plain"},
	} {
		table := &catalog.Table{Name: catalog.Name{Schema: "public", Name: c.table}, Kind: catalog.Ordinary}
		var wants []string
		for i, column := range strings.Fields(c.columns) {
			name, rest, _ := strings.Cut(column, ":")
			kind, class, _ := strings.Cut(rest, "=")
			wants = append(wants, class)
			typ := &catalog.Type{Name: catalog.Name{Schema: "pg_catalog", Name: kind}, Kind: 'b', Category: 'S'}
			table.Columns = append(table.Columns, &catalog.Column{Num: int16(i + 1), Name: name, Type: typ, TypMod: -1, TypeSQL: kind})
		}
		for i, g := range discover.Table(table) {
			if string(g.Class) != wants[i] {
				t.Errorf("%s.%s: %s %.2f %v, want %s", c.table, g.Column, g.Class, g.Confidence, g.Evidence, wants[i])
			}
		}
	}
}
