-- Brazilian payroll with type prefixes.
CREATE TABLE "funcionarios" (
  "cd_funcionario" integer,
  "nm_funcionario" varchar(80), -- person_name
  "nm_social" varchar(80), -- person_name
  "nm_mae" varchar(80), -- person_name
  "nm_pai" varchar(80), -- person_name
  "dt_nasc" date, -- birth_date
  "nr_cpf" varchar(11), -- national_id
  "nr_rg" varchar(12), -- national_id
  "ds_orgao_exp" varchar(10),
  "nr_pis" varchar(11), -- national_id
  "nr_ctps" varchar(10), -- national_id
  "nr_titulo" varchar(12), -- national_id
  "ds_logradouro" varchar(80), -- address
  "nr_endereco" varchar(8), -- address
  "ds_complemento" varchar(30), -- address
  "nm_bairro" varchar(40), -- address
  "nm_cidade" varchar(40), -- city
  "sg_uf" char(2),
  "nr_cep" char(8), -- postal_code
  "nr_ddd" varchar(3),
  "nr_fone" varchar(10), -- phone
  "nr_celular" varchar(11), -- phone
  "ds_email" varchar(80), -- email
  "ds_email_pessoal" varchar(80), -- email
  "nr_banco" char(3),
  "nr_agencia" varchar(6),
  "nr_conta" varchar(12), -- iban
  "ds_chave_pix" varchar(80), -- iban
  "vl_salario" numeric(12,2),
  "st_ativo" char(1),
  "tp_sanguineo" varchar(3),
  "dt_admissao" date,
  "ds_senha" varchar(60) -- password_hash
);
CREATE TABLE "dependentes" (
  "cd_dependente" integer,
  "nm_dependente" varchar(80), -- person_name
  "dt_nasc_dep" date, -- birth_date
  "nr_cpf_dep" varchar(11), -- national_id
  "tp_parentesco" char(2)
);
CREATE TABLE "ponto" (
  "id" bigint,
  "dt_hora" timestamptz,
  "nr_ip_origem" varchar(45), -- ip
  "ds_justificativa" varchar(200), -- free_text
  "nr_latitude" numeric(12,2), -- geo
  "nr_longitude" numeric(12,2) -- geo
);
