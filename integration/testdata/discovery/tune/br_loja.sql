-- A Brazilian shop with type prefixes.
CREATE TABLE "tb_cliente" (
  "id_cliente" integer,
  "tp_pessoa" char(1),
  "no_cliente" varchar(80), -- person_name
  "nu_cpf_cnpj" varchar(14), -- national_id
  "dt_nascimento" date, -- birth_date
  "ed_email" varchar(80), -- email
  "nu_telefone" varchar(15), -- phone
  "nu_whatsapp" varchar(15), -- phone
  "tx_senha" varchar(80), -- password_hash
  "in_ativo" char(1)
);
CREATE TABLE "tb_endereco" (
  "id_endereco" integer,
  "nu_cep" varchar(8), -- postal_code
  "tx_logradouro" varchar(80), -- address
  "nu_numero" varchar(10), -- address
  "tx_complemento" varchar(40), -- address
  "no_bairro" varchar(40), -- address
  "no_municipio" varchar(40), -- city
  "sg_uf" char(2),
  "tx_ponto_referencia" varchar(80) -- address
);
CREATE TABLE "tb_pedido" (
  "id_pedido" integer,
  "nu_pedido" varchar(12),
  "vl_total" numeric(12,2),
  "tx_observacao" text, -- free_text
  "no_recebedor" varchar(80), -- person_name
  "nu_doc_recebedor" varchar(14), -- national_id
  "cd_rastreio" varchar(20),
  "dt_pedido" timestamptz
);
CREATE TABLE "tb_cartao" (
  "id" integer,
  "no_impresso" varchar(40), -- person_name
  "nu_cartao_mascarado" varchar(20), -- credit_card
  "dt_validade" varchar(5),
  "cd_bandeira" varchar(3),
  "tx_token_gateway" varchar(80) -- secret_token
);
