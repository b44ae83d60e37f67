-- Brazilian government and school prefixes, Portuguese shop.
CREATE TABLE tb_pessoa (
  id_pessoa bigint PRIMARY KEY,
  nm_pessoa varchar(120), -- person_name
  nm_social varchar(120), -- person_name
  nr_cpf varchar(11), -- national_id
  nr_rg varchar(15), -- national_id
  ds_orgao_emissor varchar(10),
  dt_nascimento date, -- birth_date
  tp_sexo char(1),
  nm_mae varchar(120), -- person_name
  nm_pai varchar(120), -- person_name
  ds_email varchar(100), -- email
  nr_telefone varchar(15), -- phone
  nr_celular varchar(15), -- phone
  ds_logradouro varchar(150), -- address
  nr_endereco varchar(10), -- address
  ds_complemento varchar(80), -- address
  nm_bairro varchar(80), -- address
  nm_municipio varchar(80), -- city
  sg_uf char(2),
  nr_cep char(8), -- postal_code
  nr_pis varchar(11), -- national_id
  nr_titulo_eleitor varchar(12), -- national_id
  ds_naturalidade varchar(80), -- city
  st_ativo char(1),
  dt_cadastro timestamp,
  ds_observacao text, -- free_text
  fl_bloqueado boolean
);
CREATE TABLE alunos (
  matricula varchar(20) PRIMARY KEY,
  nome varchar(100), -- person_name
  sobrenome varchar(100), -- person_name
  datanasc date, -- birth_date
  nomemae varchar(100), -- person_name
  telefone_responsavel varchar(20), -- phone
  endereco varchar(200), -- address
  cidade varchar(60), -- city
  estado char(2),
  cep varchar(9), -- postal_code
  turma varchar(10),
  serie smallint,
  nis varchar(11), -- national_id
  necessidades_especiais text -- free_text
);
CREATE TABLE clientes (
  id serial PRIMARY KEY,
  razao_social varchar(120),
  nome_fantasia varchar(120),
  cnpj varchar(18), -- national_id
  inscricao_estadual varchar(20), -- national_id
  contato varchar(80), -- person_name
  fone varchar(20), -- phone
  email_nfe varchar(100), -- email
  contribuinte varchar(9), -- national_id
  morada varchar(150), -- address
  localidade varchar(60), -- city
  codigo_postal varchar(8), -- postal_code
  conta_corrente varchar(20), -- iban
  agencia varchar(6),
  banco varchar(40),
  limite_credito numeric(12,2),
  obs text -- free_text
);
CREATE TABLE usuarios (
  id serial PRIMARY KEY,
  login varchar(40), -- username
  senha varchar(100), -- password_hash
  nome_completo varchar(100), -- person_name
  ultimo_acesso timestamp,
  ip_ultimo_acesso varchar(45), -- ip
  token_recuperacao varchar(80), -- secret_token
  perfil varchar(20),
  ativo boolean
);
CREATE TABLE pedidos (
  id serial PRIMARY KEY,
  data_pedido timestamp,
  valor_total numeric(12,2),
  forma_pagamento varchar(20),
  endereco_entrega text, -- address
  nome_recebedor varchar(80), -- person_name
  observacoes text, -- free_text
  codigo_rastreio varchar(20),
  situacao varchar(20)
);
CREATE TABLE produtos (
  id serial PRIMARY KEY,
  nome varchar(80),
  descricao text,
  marca varchar(40),
  preco numeric(10,2),
  qtd_estoque integer,
  unidade varchar(5)
);
