package discover

import (
	"fmt"
	"strings"
)

var (
	negatives = words(negativeWords)
	keeps     = words(keepsWords)

	// flagWords in front make a column a setting about something.
	flagWords = words(`attr, attribute, is, has, can, allow, allows, enable, enables, enabled, disable, show, send, use, uses, require, requires, count, total, min, max, should, must, accepts, want, wants, needs, was, are, do, does, anzahl, nb, nbre, nbr of, cantidad, hide, keep, receive, can't, not, receives, with, without, avg, sum, qtd, qt, quantidade, aantal, nombre de, es, ist, hat, tiene, esta, est, ha, tem, heeft, fl, in, ind, flg, bool, notify, confirm, skip, force, auto, ultimo envio, envoi, enviar, envia, invia, recevoir, recibir`)

	// headWords in front say what kind of fact follows in languages that put
	// the head first: tipo_telefono is a kind, fecha_correo a time.
	headWords = words(`tipo, type, typ, fecha, date, data, dta, estado, statut, status, stato, situacao, st, tp, id, fk, code, codice, codigo, heure, hora, ora, nivel, categoria, categorie, template, plantilla, modele, kind, max, min, count, total, formato, format, duree, duracion, ultima, ultimo, derniere, version, origem, origen, prioridad, flag, orden, ordre, idioma, langue, lingua, pays, pais, paese, provincia, prov, sg, uf, estat, region, departement, canton, ddd, ddi, prefijo, prefixo, indicatif, vorwahl, landesvorwahl, prefisso, netnummer, zona, zone`)
)

// match is what one phrase makes of a name.
type match struct {
	phrase phrase
	at     int
	score  float64
}

// classifyName looks for the phrase that says most about a name.
func classifyName(toks []string) (match, bool) {
	var best match
	found := false
	for i := range toks {
		for _, first := range singulars(toks[i]) {
			for _, p := range lexicon().byFirst[first] {
				if !matchesAt(toks, i, p.words) {
					continue
				}
				score := p.weight * before(toks[:i], p) * after(toks[i+len(p.words):], p)
				if score < 0.3 {
					continue
				}
				n, m := len(p.words), len(best.phrase.words)
				switch {
				case !found, n > m && (score > 0.6 || best.score < score), n == m && better(p, score, i, best):
					best, found = match{p, i, score}, true
				}
			}
		}
	}
	if c := best.phrase.class; found && (c == FullName || c == Company || c == Address) {
		rest := append(append([]string{}, toks[:best.at]...), toks[best.at+len(best.phrase.words):]...)
		if len(rest) > 0 {
			if m, ok := classifyName(rest); ok && c == Company && m.phrase.class == FullName && m.score >= 0.7 {
				return match{m.phrase, best.at, m.score}, true
			} else if ok && carriers[m.phrase.class] && m.phrase.weight >= 0.9 && m.score >= 0.6 && (c != Address || m.phrase.class == Email) && !anyNegative(toks, best) {
				return match{m.phrase, best.at, m.score}, true
			}
		}
	}
	return best, found
}

// anyNegative tells whether a word behind the match says that it is only about it.
func anyNegative(toks []string, m match) bool {
	for _, w := range toks[m.at+len(m.phrase.words):] {
		if negatives[w] {
			return true
		}
	}
	return false
}

// carriers are classes that another person's or company's name in front does
// not change: the phone of an emergency contact is a phone.
var carriers = map[Class]bool{Email: true, Phone: true, Address: true, Street: true, City: true, PostalCode: true, NationalID: true, Number: true, BirthDate: true, IP: true, URL: true}

// better tells which of two phrases of equal length says more: one about
// people beats a category, else the higher score, else the later.
func better(p phrase, score float64, at int, than match) bool {
	if was := than.phrase.class; was == Link && p.class == URL && score >= 0.6 {
		return true
	} else if was == URL && p.class == Link && than.score >= 0.6 {
		return false
	} else if (was == Category) != (p.class == Category) {
		return was == Category && score >= 0.6
	}
	return score > than.score || score == than.score && at > than.at
}

func matchesAt(toks []string, i int, phrase []string) bool {
	if i+len(phrase) > len(toks) {
		return false
	}
	for j, w := range phrase {
		ok := false
		for _, form := range singulars(toks[i+j]) {
			ok = ok || form == w
		}
		if !ok {
			return false
		}
	}
	return true
}

// before says how much of a phrase's meaning is left behind other words.
func before(words []string, p phrase) float64 {
	if len(words) == 0 || p.class == Category {
		return 1
	}
	if flagWords[words[0]] {
		return 0
	}
	out := 1.0
	for i, w := range words {
		switch {
		case keeps[w]:
		case i == 0 && headWords[w]:
			return 0
		default:
			out *= 0.95
		}
	}
	return out
}

// after says how much of a phrase's meaning is left with words behind it.
func after(rest []string, p phrase) float64 {
	if len(rest) == 0 {
		return 1
	}
	if p.class == Category {
		return 0.75
	}
	out := 1.0
	for _, w := range rest {
		switch {
		case isDigits(w) || len(w) == 1:
		case (w == "hash" || w == "digest") && !hashable[p.class]:
			return 0
		case negatives[w] && !(p.class == Secret && secretTails[w]) && !(p.class == BirthDate && birthTails[w]) && !(p.class == Phone && phoneTails[w]):
			return 0
		case keeps[w] && w != "notification":
			out *= 0.97
		case p.weight < 0.8:
			return 0 // a weak word with another behind it says nothing
		default:
			out *= 0.85
		}
	}
	return out
}

// hashable are classes whose hashes give them away to whoever can guess.
var hashable = map[Class]bool{Email: true, Phone: true, Password: true, Secret: true, NationalID: true, Number: true, IP: true, Card: true, Username: true}

// secretTails come behind secrets and are as secret: otp_secret_iv.
var secretTails = words(`private, key, reset, code, codes, verification, attributes`)

// birthTails come behind words for a birth and say which part of it.
var birthTails = words(`day, month, year, date`)

// phoneTails come behind phones and say when somebody answers.
var phoneTails = words(`day, time, evening, night, weekend`)

func isDigits(w string) bool {
	return w != "" && strings.Trim(w, "0123456789") == ""
}

func (m match) evidence() string {
	return fmt.Sprintf("the name says %q", strings.Join(m.phrase.words, " "))
}

// idWords end the names of ids, also those of other systems.
var idWords = words(`id, ids, uuid, guid, uid, oid, ref, reference, referenz, number, key, schluessel, hash, digest, sequence`)
