create schema audit;
create type order_state as enum ('new', 'paid', 'shipped');
create table customers (
  id bigserial primary key, email varchar(120) not null unique, full_name text not null, phone varchar(32), birth_date date,
  password_hash text, notes text, settings jsonb default '{}', tags text[], balance numeric(12,2), created_at timestamptz default now()
);
create unique index on customers (lower(email));
create table profiles (customer_id bigint primary key references customers, bio text, avatar bytea, website text, referred_by bigint references customers);
create table orders (
  id bigserial primary key, customer_id bigint not null references customers, state order_state not null, shipping_address text, client_ip inet, total numeric(12,2), comment text
);
create table order_items (order_id bigint references orders on delete cascade, line int, product_id int, gift_for text, primary key (order_id, line));
create table products (id serial primary key, sku varchar(20) unique, name text, description text, search tsvector generated always as (to_tsvector('simple', coalesce(name, ''))) stored);
alter table order_items add foreign key (product_id) references products;
create table events (id bigint generated always as identity, at timestamptz not null, customer_id bigint references customers, payload jsonb, ip inet, primary key (id, at)) partition by range (at);
create table events_2024 partition of events for values from ('2024-01-01') to ('2025-01-01');
create table events_rest partition of events default;
create table sessions (id uuid primary key, customer_id bigint references customers, token text not null, expires_at timestamptz);
create table newsletter (email varchar(120) primary key references customers (email), since date);
create table messages (id serial primary key, sender_id bigint references customers, recipient_id bigint references customers, subject text, body text);
create table audit.log (at timestamptz, actor text, action text, details jsonb, line text);
create view active as select * from customers;
