# ruff: noqa: E501 (the books are prose, a record a line)
"""Writes sample.db: the books of Driftwood, a small coffee roastery in Porto that never existed.

    python tests/make_sample.py [FILE]

The same seed gives the same rows; the same SQLite and zlib give the same bytes.
"""

from __future__ import annotations

import json
import math
import random
import sqlite3
import struct
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

SEED = 20261122
FIRST_DAY, LAST_DAY = date(2022, 3, 1), date(2026, 11, 20)
CUSTOMERS, ORDERS, REVIEWS = 1850, 9200, 1600

SCHEMA = """
PRAGMA page_size = 4096;
PRAGMA foreign_keys = ON;

CREATE TABLE country (  -- Where growers and customers are
    code TEXT PRIMARY KEY CHECK (length(code) = 2),  -- ISO 3166, such as ET
    name TEXT NOT NULL UNIQUE,
    grows_coffee BOOLEAN NOT NULL DEFAULT FALSE,
    postage NUMERIC(10,2)  -- a parcel of up to 2 kg, in euros; empty: we don't ship there
);

CREATE TABLE employee (  -- Everyone who works or worked here
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    email TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL CHECK (role IN ('owner', 'roaster', 'barista', 'packing', 'sales', 'accounts')),
    manager_id INTEGER REFERENCES employee (id) ON DELETE SET NULL,  -- who they report to
    hourly_wage NUMERIC(10,2) CHECK (hourly_wage BETWEEN 6 AND 60),
    started_on DATE NOT NULL,
    left_on DATE,
    photo BLOB,
    CHECK (left_on >= started_on)
);
CREATE INDEX employee_manager ON employee (manager_id);

CREATE TABLE grower (  -- Farms and co-operatives we buy from
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    country_code TEXT NOT NULL REFERENCES country (code),
    region TEXT,
    altitude_m INTEGER CHECK (altitude_m BETWEEN 200 AND 2600),  -- metres above the sea
    contact TEXT,
    certificates JSON NOT NULL DEFAULT '[]',
    visited_on DATE,  -- the last time one of us was there
    notes TEXT
);
CREATE INDEX grower_country ON grower (country_code);

CREATE TABLE coffee (  -- What we sell, bag sizes and prices aside
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    grower_id INTEGER REFERENCES grower (id),  -- empty for blends
    process TEXT NOT NULL DEFAULT 'washed' CHECK (process IN ('washed', 'natural', 'honey', 'anaerobic', 'wet-hulled')),
    roast INTEGER NOT NULL DEFAULT 2 CHECK (roast BETWEEN 1 AND 5),  -- 1 light, 5 dark
    decaf BOOLEAN NOT NULL DEFAULT FALSE,
    tastes_of TEXT,
    recipe JSON,  -- how we brew it at the bar
    released_on DATE,
    retired_on DATE,
    label BLOB,  -- the picture on the bag
    description TEXT
);
CREATE INDEX coffee_grower ON coffee (grower_id);

CREATE TABLE package (  -- A coffee in a bag of some size
    coffee_id INTEGER NOT NULL REFERENCES coffee (id) ON DELETE CASCADE,
    grams INTEGER NOT NULL CHECK (grams IN (250, 500, 1000, 2500)),
    price NUMERIC(10,2) NOT NULL CHECK (price > 0),
    barcode TEXT UNIQUE,
    on_hand INTEGER NOT NULL DEFAULT 0 CHECK (on_hand >= 0),
    PRIMARY KEY (coffee_id, grams)
);

CREATE TABLE tag (
    name TEXT PRIMARY KEY,
    meaning TEXT
);

CREATE TABLE coffee_tag (
    coffee_id INTEGER NOT NULL REFERENCES coffee (id) ON DELETE CASCADE,
    tag TEXT NOT NULL REFERENCES tag (name) ON UPDATE CASCADE,
    PRIMARY KEY (coffee_id, tag)
) WITHOUT ROWID;
CREATE INDEX coffee_tag_tag ON coffee_tag (tag);

CREATE TABLE green_lot (  -- Unroasted coffee as it came in
    id INTEGER PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    coffee_id INTEGER NOT NULL REFERENCES coffee (id),
    arrived_on DATE NOT NULL,
    bags INTEGER NOT NULL CHECK (bags > 0),
    kg NUMERIC(10,2) NOT NULL,
    price_per_kg NUMERIC(10,2) NOT NULL,
    cupping_score REAL CHECK (cupping_score BETWEEN 60 AND 100),
    moisture_percent REAL
);
CREATE INDEX green_lot_coffee ON green_lot (coffee_id);

CREATE TABLE roast_batch (  -- One drum of coffee
    id INTEGER PRIMARY KEY,
    lot_id INTEGER NOT NULL REFERENCES green_lot (id),
    roasted_by INTEGER REFERENCES employee (id),
    started_at TIMESTAMP NOT NULL,
    minutes REAL NOT NULL CHECK (minutes BETWEEN 5 AND 25),
    green_kg NUMERIC(10,2) NOT NULL,
    roasted_kg NUMERIC(10,2),  -- empty while it cools
    curve JSON,  -- seconds and degrees
    remark TEXT,
    CHECK (roasted_kg < green_kg)
);
CREATE INDEX roast_batch_lot ON roast_batch (lot_id);
CREATE INDEX roast_batch_employee ON roast_batch (roasted_by);
CREATE INDEX roast_batch_started ON roast_batch (started_at);

CREATE TABLE customer (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    company TEXT,
    kind TEXT NOT NULL DEFAULT 'home' CHECK (kind IN ('home', 'café', 'office', 'shop')),
    email TEXT UNIQUE,
    phone TEXT,
    street TEXT,
    postcode TEXT,
    city TEXT,
    country_code TEXT NOT NULL DEFAULT 'PT' REFERENCES country (code),
    newsletter BOOLEAN,  -- empty: never asked
    preferences JSON,
    since DATE NOT NULL DEFAULT CURRENT_DATE,
    notes TEXT
);
CREATE INDEX customer_country ON customer (country_code);
CREATE INDEX customer_name ON customer (name);

CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customer (id),
    taken_by INTEGER REFERENCES employee (id),  -- empty: by the web shop
    placed_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    status TEXT NOT NULL DEFAULT 'new' CHECK (status IN ('new', 'paid', 'packed', 'shipped', 'returned', 'cancelled')),
    shipped_on DATE,
    postage NUMERIC(10,2) NOT NULL DEFAULT 0,
    discount NUMERIC(4,2) NOT NULL DEFAULT 0 CHECK (discount BETWEEN 0 AND 0.5),  -- a part of one: 0.10 is ten per cent
    gift_note TEXT
);
CREATE INDEX orders_customer ON orders (customer_id);
CREATE INDEX orders_taken_by ON orders (taken_by);
CREATE INDEX orders_placed ON orders (placed_at);

CREATE TABLE order_line (
    order_id INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    line INTEGER NOT NULL,
    coffee_id INTEGER NOT NULL,
    grams INTEGER NOT NULL,
    quantity INTEGER NOT NULL DEFAULT 1 CHECK (quantity BETWEEN 1 AND 200),
    unit_price NUMERIC(10,2) NOT NULL,
    grind TEXT CHECK (grind IN ('espresso', 'moka', 'filter', 'french press')),  -- empty: whole beans
    PRIMARY KEY (order_id, line),
    FOREIGN KEY (coffee_id, grams) REFERENCES package (coffee_id, grams)
) WITHOUT ROWID;
CREATE INDEX order_line_package ON order_line (coffee_id, grams);

CREATE TABLE payment (
    id INTEGER PRIMARY KEY,
    order_id INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    method TEXT NOT NULL CHECK (method IN ('card', 'transfer', 'MB WAY', 'cash')),
    amount NUMERIC(10,2) NOT NULL,  -- below zero: paid back
    paid_at TIMESTAMP NOT NULL,
    reference TEXT
);
CREATE INDEX payment_order ON payment (order_id);

CREATE TABLE review (
    id INTEGER PRIMARY KEY,
    coffee_id INTEGER NOT NULL REFERENCES coffee (id) ON DELETE CASCADE,
    customer_id INTEGER REFERENCES customer (id) ON DELETE SET NULL,
    stars INTEGER NOT NULL CHECK (stars BETWEEN 1 AND 5),
    title VARCHAR(80),
    body TEXT,
    written_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    published BOOLEAN,  -- empty: nobody has looked at it yet
    UNIQUE (coffee_id, customer_id)
);
CREATE INDEX review_customer ON review (customer_id);

CREATE VIEW order_total AS  -- What each order comes to
    SELECT o.id AS order_id, c.name AS customer, o.placed_at, o.status,
           round(sum(l.quantity * l.unit_price) * (1 - o.discount) + o.postage, 2) AS total
    FROM orders o JOIN customer c ON c.id = o.customer_id JOIN order_line l ON l.order_id = o.id
    GROUP BY o.id;

CREATE VIEW sales_by_month AS
    SELECT strftime('%Y-%m', o.placed_at) AS month, count(DISTINCT o.id) AS orders,
           round(sum(l.quantity * l.grams) / 1000.0, 1) AS kg, round(sum(l.quantity * l.unit_price), 2) AS revenue
    FROM orders o JOIN order_line l ON l.order_id = o.id
    WHERE o.status NOT IN ('cancelled', 'returned')
    GROUP BY 1;
"""

COUNTRIES = [  # code, name, grows coffee, postage
    ("PT", "Portugal", 0, 3.90), ("ES", "Spain", 0, 6.50), ("FR", "France", 0, 8.90), ("DE", "Germany", 0, 8.90), ("NL", "Netherlands", 0, 8.90), ("GB", "United Kingdom", 0, 14.50),
    ("IE", "Ireland", 0, 11.90), ("IT", "Italy", 0, 8.90), ("PL", "Poland", 0, 9.90), ("SE", "Sweden", 0, 11.90), ("DK", "Denmark", 0, 10.90), ("FI", "Finland", 0, 12.90), ("GR", "Greece", 0, 12.50),
    ("AT", "Austria", 0, 9.50), ("CZ", "Czechia", 0, 9.90), ("CH", "Switzerland", 0, 16.00), ("JP", "Japan", 0, 24.00), ("BR", "Brazil", 1, 22.00), ("ET", "Ethiopia", 1, None), ("KE", "Kenya", 1, None),
    ("RW", "Rwanda", 1, None), ("CO", "Colombia", 1, None), ("GT", "Guatemala", 1, None), ("PE", "Peru", 1, None), ("ID", "Indonesia", 1, None), ("TL", "Timor-Leste", 1, None),
]  # fmt: skip

PEOPLE: dict[str, tuple[str, str, str, Callable[[random.Random], str], str]] = {
    # code: given names; family names; cities; a postcode; streets
    "PT": ("Inês Beatriz Tiago João Marta Rui Sofia Duarte Leonor Afonso Catarina Gonçalo Teresa Nuno Matilde Vasco", "Ferreira Almeida Carvalho Lopes Rocha Teixeira Moreira Pinto Azevedo Barros Guimarães Fonseca",
           "Porto Lisboa Braga Coimbra Aveiro Guimarães Évora Faro Matosinhos Viseu", lambda r: f"{r.randint(1000, 9900)}-{r.randint(1, 999):03}", "Rua das Flores|Rua do Almada|Avenida da Boavista|Rua de Cedofeita|Travessa do Carmo|Rua da Alegria|Largo do Moinho"),
    "ES": ("Lucía Mateo Carmen Pablo Elena Íñigo Núria Jordi Ainhoa Álvaro", "García Ortega Núñez Ibáñez Castro Puig Etxeberria Romero", "Madrid Barcelona Vigo Bilbao Sevilla Valencia Salamanca", lambda r: f"{r.randint(1000, 52999):05}", "Calle Mayor|Carrer de Mallorca|Calle del Pez|Rúa do Príncipe|Gran Vía"),
    "FR": ("Camille Théo Zoé Mathéo Anaïs Hugo Clémence Loïc Aïcha Raphaël", "Lefèvre Moreau Garnier Rousseau Benali Marchand Dubois Fabre", "Paris Lyon Nantes Bordeaux Lille Rennes Toulouse", lambda r: f"{r.randint(1, 95):02}{r.randint(0, 99) * 10:03}", "rue des Martyrs|rue de la République|quai des Chartrons|place du Marché|rue Oberkampf"),
    "DE": ("Jonas Leonie Mehmet Greta Jürgen Käthe Emil Frieda Yasmin Björn", "Müller Schäfer Yılmaz Krüger Vogt Lindner Weiß Hartmann", "Berlin Hamburg Leipzig Köln München Freiburg Bremen", lambda r: f"{r.randint(1067, 99998):05}", "Sonnenallee|Schanzenstraße|Karl-Heine-Straße|Ehrenfeldgürtel|Lindenweg"),
    "NL": ("Sanne Daan Fleur Bram Noor Thijs Femke Sem", "de Vries van den Berg Jansen Bakker Visser Smit Mulder".replace("de Vries", "de·Vries").replace("van den Berg", "van·den·Berg"), "Amsterdam Rotterdam Utrecht Groningen Haarlem Leiden", lambda r: f"{r.randint(1011, 9999)} {r.choice('ABCDEGHJKLMNP')}{r.choice('ABCDEGHJKLMNP')}", "Haarlemmerdijk|Witte de Withstraat|Oudegracht|Brouwersgracht|Nieuwe Ebbingestraat"),
    "GB": ("Amelia Callum Priya Oliver Siân Hamish Zainab George Niamh Theo", "Whitaker Okafor Patel Llewellyn MacLeod Fairbairn Hughes Ahmed", "London Bristol Leeds Glasgow Cardiff Brighton Sheffield", lambda r: f"{r.choice(['BS', 'LS', 'G', 'CF', 'BN', 'S'])}{r.randint(1, 20)} {r.randint(1, 9)}{r.choice('ABDEFGHJ')}{r.choice('LNPQRSTU')}", "Mill Lane|Gloucester Road|Otley Road|Byres Road|Church Street"),
    "IE": ("Aoife Cian Saoirse Oisín Róisín Darragh", "O'Brien Kavanagh Ó·Súilleabháin Byrne Doyle", "Dublin Cork Galway", lambda r: f"D{r.randint(1, 24):02} {r.choice('ABCDEFHK')}{r.randint(1, 9)}{r.choice('KNPRTV')}{r.randint(1, 9)}", "Capel Street|Shop Street|South Mall"),
    "IT": ("Giulia Lorenzo Chiara Matteo Ginevra Niccolò", "Rossi Conti D'Angelo Marchetti Gallo Esposito", "Torino Milano Bologna Trieste Napoli", lambda r: f"{r.randint(10100, 98100)}", "via Garibaldi|corso Magenta|via del Pratello|via San Nicolò"),
    "PL": ("Zofia Jakub Małgorzata Łukasz Hanna Stanisław", "Nowak Wiśniewska Kowalczyk Zieliński Wójcik Szczęsny", "Warszawa Kraków Gdańsk Wrocław Poznań", lambda r: f"{r.randint(0, 99):02}-{r.randint(100, 999)}", "ul. Mokotowska|ul. Józefa|ul. Długa|ul. Ruska"),
    "SE": ("Astrid Nils Elsa Åke Märta Viggo", "Lindqvist Åkesson Bergström Nyström Sjögren", "Stockholm Göteborg Malmö Umeå", lambda r: f"{r.randint(100, 980)} {r.randint(10, 99)}", "Södermannagatan|Linnégatan|Storgatan"),
    "DK": ("Freja Søren Ida Asger Karla", "Jørgensen Møller Østergaard Kjær", "København Aarhus Odense", lambda r: f"{r.randint(1000, 9990)}", "Jægersborggade|Mejlgade|Vestergade"),
    "FI": ("Aino Väinö Helmi Eetu", "Mäkinen Virtanen Hämäläinen Koskinen", "Helsinki Tampere Turku", lambda r: f"{r.randint(100, 990):05}", "Vaasankatu|Hämeenkatu|Aurakatu"),
    "GR": ("Ελένη Νίκος Μαρία Γιώργος", "Παπαδοπούλου Ιωάννου Δημητρίου", "Αθήνα Θεσσαλονίκη Χανιά", lambda r: f"{r.randint(104, 853)} {r.randint(10, 99)}", "Πανεπιστημίου|Τσιμισκή"),
    "AT": ("Valentin Rosa Johanna Xaver", "Gruber Pichler Höllinger", "Wien Graz Linz", lambda r: f"{r.randint(1010, 9990)}", "Neubaugasse|Sporgasse"),
    "CZ": ("Tereza Vojtěch Eliška Ondřej", "Novotná Dvořák Procházka Černá", "Praha Brno Olomouc", lambda r: f"{r.randint(100, 799)} {r.randint(10, 99):02}", "Krymská|Údolní"),
    "CH": ("Reto Lea Urs Noémie", "Zürcher Rüegg Favre", "Zürich Genève Basel", lambda r: f"{r.randint(1000, 9650)}", "Langstrasse|rue de Carouge"),
    "JP": ("さくら 健太 陽子 翔", "佐藤 鈴木 高橋 田中", "京都 東京 大阪", lambda r: f"{r.randint(100, 999)}-{r.randint(0, 9999):04}", "四条通|青山通り"),
    "BR": ("Thaís Caetano Luíza Otávio", "Gonçalves Araújo Nascimento", "São·Paulo Recife Curitiba", lambda r: f"{r.randint(10000, 99000)}-{r.randint(0, 999):03}", "Rua Augusta|Rua da Aurora"),
}  # fmt: skip
WEIGHTS = {
    "PT": 42,
    "ES": 12,
    "FR": 8,
    "DE": 9,
    "NL": 5,
    "GB": 6,
    "IE": 2,
    "IT": 4,
    "PL": 3,
    "SE": 2,
    "DK": 2,
    "FI": 1,
    "GR": 1,
    "AT": 1,
    "CZ": 1,
    "CH": 1,
    "JP": 1,
    "BR": 1,
}

STAFF = [  # name, role, manager, wage, started, left
    ("Mariana Duarte", "owner", None, None, "2022-01-10", None), ("Tomé Vilaça", "roaster", 1, 19.50, "2022-02-01", None), ("Amara Nwosu", "roaster", 2, 15.80, "2022-09-05", None),
    ("Ilse Brandt", "sales", 1, 16.90, "2022-05-16", None), ("Rafael Quintela", "barista", 1, 11.20, "2022-03-01", "2023-08-31"), ("Joana Sequeira", "barista", 4, 11.80, "2023-01-09", None),
    ("Kofi Asante", "packing", 2, 10.90, "2022-06-20", None), ("Yuki Tanabe", "barista", 6, 11.50, "2023-09-11", None), ("Bruno Salgado", "packing", 7, 10.40, "2023-11-02", "2025-02-14"),
    ("Maëlle Guérin", "sales", 4, 14.60, "2024-02-19", None), ("Carlos Eduardo Prado", "roaster", 2, 14.90, "2024-06-03", None), ("Helena Bastos", "accounts", 1, 17.30, "2022-03-14", None),
    ("Dilnoza Karimova", "packing", 7, 10.60, "2025-03-03", None), ("Pádraig Nolan", "barista", 6, 11.10, "2025-10-06", None), ("Ana Luísa Meireles", "packing", 7, 10.40, "2026-09-01", None),
]  # fmt: skip

GROWERS = [  # name, country, region, altitude, contact, certificates, notes
    ("Halo Beriti washing station", "ET", "Gedeb, Yirgacheffe", 2080, "Tesfaye Bekele", ["organic"], "Sends samples in January. Prefers WhatsApp to mail."),
    ("Kaffa Forest Co-operative", "ET", "Bonga", 1850, "Abebech Wolde", ["organic", "Fairtrade"], "1,240 members. Ask for the grade 1 lots early; they are gone by March."),
    ("Gatomboya", "KE", "Nyeri", 1760, "Wanjiru Kamau", [], "AA and AB only. The AB is the better deal."),
    ("Kibingo", "RW", "Kayanza road, Nyamagabe", 1890, "Emmanuel Hakizimana", ["Rainforest Alliance"], None),
    ("Finca La Esperanza", "CO", "Pitalito, Huila", 1720, "Don Ernesto Muñoz", ["Rainforest Alliance"], "Third generation. Mariana stayed there in 2023; the dog is called Tinto."),
    ("El Tamarindo", "CO", "Chaparral, Tolima", 1800, "Luz Dary Peña", [], None),
    ("Finca El Injerto Chico", "GT", "Huehuetenango", 1950, "Arturo Xol", [], "Pays for quality: bonus of 0.40 a kilo above 86 points."),
    ("Cooperativa Todos Santos", "GT", "Huehuetenango", 1780, None, ["Fairtrade", "organic"], None),
    ("Fazenda Santa Rosália", "BR", "Carmo de Minas", 1180, "Beatriz Junqueira", ["Rainforest Alliance"], "Our base for every blend. 40 bags at least."),
    ("Sítio da Serra", "BR", "Chapada Diamantina", 1250, "Seu Antônio", [], "Answers the phone only after dinner, Bahia time."),
    ("Cenfrocafé", "PE", "Jaén, Cajamarca", 1650, "Rocío Huamán", ["organic", "Fairtrade"], None),
    ("Gayo Megah Berseri", "ID", "Aceh", 1500, "Pak Rizwan", ["organic"], "Wet-hulled: check the moisture twice."),
    ("Cooperativa Café Timor", "TL", "Ermera", 1400, "Domingos Soares", ["organic"], "Decaffeinated in Bremen on the way to us."),
]  # fmt: skip

COFFEES = [  # name, grower, process, roast, decaf, tastes of, price per kg, released, retired, description
    ("Halo Beriti", 1, "washed", 1, 0, "bergamot, peach, black tea", 42, "2022-04-04", None, "Our lightest. Brew it a little cooler than you think, and let it sit for a minute."),
    ("Halo Beriti Natural", 1, "natural", 1, 0, "blueberry, jasmine, honey", 46, "2023-05-15", None, "The same trees, dried in the fruit."),
    ("Kaffa Forest", 2, "natural", 2, 0, "strawberry, cocoa nib", 34, "2022-04-04", None, "Grows half wild under the forest, where coffee comes from."),
    ("Gatomboya AB", 3, "washed", 1, 0, "blackcurrant, rhubarb, brown sugar", 48, "2022-06-13", None, "Loud. Ask for it as a filter."),
    ("Gatomboya Peaberry", 3, "washed", 1, 0, "grapefruit, tomato, caramel", 54, "2023-07-03", "2024-05-31", None),
    ("Kibingo", 4, "washed", 2, 0, "red apple, lime, almond", 36, "2022-09-12", None, "Balanced and clean; the one to give to someone who says they don't like sour coffee."),
    ("Kibingo Anaerobic", 4, "anaerobic", 1, 0, "mango, cinnamon, rum", 52, "2025-06-09", None, "Fermented for 72 hours in steel. Not for everyone, and proud of it."),
    ("La Esperanza", 5, "washed", 2, 0, "panela, red plum, milk chocolate", 35, "2022-04-04", None, "The house filter since the day we opened."),
    ("La Esperanza Pink Bourbon", 5, "honey", 1, 0, "rose, lychee, lemongrass", 62, "2024-09-02", None, "Eleven bags a year; when it's gone, it's gone."),
    ("El Tamarindo", 6, "washed", 3, 0, "caramel, orange, walnut", 31, "2023-02-06", None, None),
    ("El Injerto Chico", 7, "washed", 2, 0, "cocoa, cherry, vanilla", 38, "2022-10-03", None, "Sweet enough to drink after dinner."),
    ("Todos Santos", 8, "washed", 3, 0, "toffee, apple", 29, "2022-04-04", "2025-12-31", "Made way for Cajamarca."),
    ("Santa Rosália", 9, "natural", 3, 0, "hazelnut, milk chocolate", 26, "2022-04-04", None, "Low in acid, heavy in the cup. Loves milk."),
    ("Sítio da Serra Yellow Catuaí", 10, "honey", 2, 0, "dulce de leche, peanut, guava", 33, "2023-10-02", None, None),
    ("Cajamarca", 11, "washed", 3, 0, "dark chocolate, raisin, orange peel", 28, "2022-11-07", None, "Organic, and kind on the purse."),
    ("Gayo Highlands", 12, "wet-hulled", 4, 0, "cedar, dark chocolate, black pepper", 30, "2022-04-04", None, "Earthy and thick. Makes a fine moka."),
    ("Ermera Decaf", 13, "washed", 3, 1, "malt, fig, brown sugar", 33, "2022-05-02", None, "Carbon dioxide takes the caffeine and leaves the coffee."),
    ("Atlantic", None, "washed", 3, 0, "milk chocolate, roasted almond, plum", 27, "2022-03-21", None, "Santa Rosália, La Esperanza and a pinch of Kaffa. The espresso at our bar."),
    ("Harbour Night", None, "natural", 5, 0, "dark chocolate, molasses, smoke", 24, "2022-03-21", None, "For those who miss the café of their childhood."),
    ("Regatta", None, "washed", 2, 0, "peach, caramel, cashew", 32, "2023-06-05", None, "A summer espresso; lovely over ice with a slice of orange."),
    ("São João 2024", None, "honey", 2, 0, "basil, lemon, honey", 35, "2024-06-10", "2024-08-31", "For the night of hammers and sardines."),
    ("Advent", None, "natural", 3, 0, "gingerbread, orange, clove", 36, "2025-11-10", "2026-01-15", None),
    ("Advent 2026", None, "natural", 3, 0, "mulled plum, marzipan, star anise", 37, "2026-11-09", None, "This year with a third of the Kibingo."),
    ("Experiment no. 9", 4, "anaerobic", 1, 0, None, 58, None, None, "Not released yet."),
]  # fmt: skip
TAGS = {
    "single origin": "From one grower", "blend": "From several", "espresso": "Made for pressure", "filter": "Best by pour-over", "milk friendly": "Stays itself in a flat white", "organic": None,
    "limited": "A few bags only", "gift": "Comes in the tin", "low caffeine": None, "wild": "Unusual, in a good way", "staff pick": "What we drink ourselves",
}  # fmt: skip

REVIEW_OPENINGS = {
    5: ["Third bag this year.", "I didn't know coffee could do this.", "Arrived two days after roasting, still warm in spirit.", "My father-in-law, who drinks only instant, asked for a second cup.", "Bought it for the label, stayed for the cup.", "Worth the wait from Porto."],
    4: ["Really good, if a bit dear.", "Lovely as a filter, less so in the moka.", "Took me a few tries to dial in.", "Solid everyday coffee.", "Would be five stars in a bigger bag."],
    3: ["Nice, but not what I expected.", "Fine with milk.", "A bit too light for me.", "The last bag was better than this one."],
    2: ["Too sour for my taste.", "The bag arrived torn, half of it in the box.", "Ordered beans, got it ground."],
    1: ["Came six weeks after the roast date.", "Sorry, not for me at all."],
}  # fmt: skip
REVIEW_MIDDLES = [
    "I get {a}, and then {b}.",
    "You do taste the {a}.",
    "{A} on the nose, {b} when it cools.",
    "Somewhere between {a} and {b}.",
    "The {b} comes through even with oat milk.",
    "Couldn't find the {a}, to be honest.",
]
REVIEW_ENDINGS = [
    "18 g in, 36 out, 28 seconds.",
    "V60, 15 to 250, 93 degrees.",
    "Will order again.",
    "Aeropress, upside down, as always.",
    "Please bring back the tins!",
    "Obrigado, Driftwood.",
    "Ground it a bit coarser than usual.",
    "The handwritten card made my day.",
    "",
]
TITLES = {
    5: ["Wow", "A keeper", "Perfeito!", "Sunday morning in a cup", "Best of the year", None],
    4: ["Very good", "Nearly perfect", "Muy rico", None],
    3: ["OK", "Hmm", None],
    2: ["Disappointed", None],
    1: ["No", "Late"],
}
GIFT_NOTES = [
    "Happy birthday, Avó! Drink it slowly.",
    "For the night shifts. — M.",
    "Parabéns pelos 40!",
    "Frohe Weihnachten aus Porto",
    "Welcome to the new flat ☕",
    "Thank you for looking after the cat.\nShe says thanks, too.",
    "Joyeux anniversaire 🎂",
    "You were right about the grinder.",
]
CUSTOMER_NOTES = [
    "Leave parcels with the neighbour, 2nd left.",
    "Allergic to nuts: no samples with marzipan.",
    "Pays by transfer, always on the 5th.",
    "Wants invoices in the company's name.",
    "Asked for a tasting in spring.",
    "Prefers Fridays. Closed on Mondays.",
    "Moved in 2025; old address was in Braga.",
    "Met at the Lisbon coffee week.",
]
REMARKS = [
    "First crack early, cut the gas.",
    "Second drum of the day, beautiful colour.",
    "Chaff filter cleaned before.",
    "A touch fast; use for the blend.",
    "Power flickered at minute 7.",
    "Sample kept for cupping.",
    "Humid day.",
]
COMPANIES = {
    "café": ["Café {f}", "{c} Coffee Club", "The {g} & {f}", "Padaria {f}", "Bar {g}"],
    "office": ["{f} & Partners", "{f} Arquitetos", "Studio {g}", "{f} Digital"],
    "shop": ["Mercearia {f}", "{g}'s Larder", "{c} Provisions"],
}


def main(arguments: Sequence[str]) -> None:
    """Write the database."""
    path = Path(arguments[0]) if arguments else Path(__file__).parent.parent / "sample.db"
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(SCHEMA)
        connection.execute("BEGIN")
        Books(connection).write()
        connection.execute("COMMIT")
        connection.executescript("ANALYZE; VACUUM;")
        tables = [
            name
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            )
        ]
        rows = sum(connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables)
    print(f"{path}: {len(tables)} tables, {rows:,} rows, {path.stat().st_size / 1e6:.1f} MB")


class Books:
    """Invents the rows, table by table, each from its own random stream: a change to one leaves the others alone."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.prices: dict[tuple[int, int], float] = {}
        self.customers: list[tuple[str, date, str]] = []  # country, since, kind

    def write(self) -> None:
        """Fill every table, parents first."""
        self.insert("country", COUNTRIES)
        self.insert("employee", self.employees())
        self.insert("grower", self.growers())
        self.insert("coffee", self.coffees())
        self.insert("package", self.packages())
        self.insert("tag", TAGS.items())
        self.insert("coffee_tag", self.coffee_tags())
        self.insert("green_lot", self.lots())
        self.insert("roast_batch", self.batches())
        self.insert("customer", self.people())
        self.orders()
        self.insert("review", self.reviews())

    def insert(self, table: str, rows: Iterable[Sequence[Any]]) -> None:
        """Insert rows of all columns."""
        found = [tuple(row) for row in rows]
        marks = ", ".join("?" * len(found[0]))
        self.connection.executemany(f"INSERT INTO {table} VALUES ({marks})", found)

    @staticmethod
    def stream(name: str) -> random.Random:
        """Return the random numbers of one table."""
        return random.Random(f"{SEED} {name}")

    def employees(self) -> Iterator[Sequence[Any]]:
        """Staff; two have no picture."""
        for n, (name, role, manager, wage, started, left) in enumerate(STAFF, 1):
            mail = ascii_name(name.split()[0]) + "@driftwood.example"
            yield n, name, mail, role, manager, wage, started, left, None if n in (9, 15) else portrait(n)

    def growers(self) -> Iterator[Sequence[Any]]:
        """Growers, some visited."""
        r = self.stream("grower")
        for n, (name, country, region, altitude, contact, certificates, notes) in enumerate(GROWERS, 1):
            visited = some_day(r, FIRST_DAY, LAST_DAY).isoformat() if r.random() < 0.5 else None
            yield n, name, country, region, altitude, contact, json.dumps(certificates), visited, notes

    def coffees(self) -> Iterator[Sequence[Any]]:
        """Coffees with their labels."""
        r = self.stream("coffee")
        for n, (name, grower, process, roast, decaf, tastes, _kg, released, retired, text) in enumerate(COFFEES, 1):
            brew = {
                "dose_g": r.choice([15, 16, 18, 18.5]),
                "water_g": r.choice([36, 40, 250, 260]),
                "celsius": r.choice([90, 92, 93.5, 95]),
                "seconds": r.randrange(25, 200, 5),
            }
            recipe = json.dumps({"method": "espresso" if brew["water_g"] < 50 else "V60", **brew}) if released else None
            yield n, name, grower, process, roast, decaf, tastes, recipe, released, retired, label(n), text

    def packages(self) -> Iterator[Sequence[Any]]:
        """Three bag sizes a coffee, four for espressos."""
        r = self.stream("package")
        for n, coffee in enumerate(COFFEES, 1):
            for grams in (250, 500, 1000, 2500)[: 4 if coffee[3] >= 3 else 3]:
                price = (
                    math.ceil(coffee[6] * grams / 1000 * {250: 1.12, 500: 1.0, 1000: 0.93, 2500: 0.88}[grams] * 2) / 2
                    - 0.1
                )
                self.prices[n, grams] = round(price, 2)
                stock = 0 if coffee[8] else r.randrange(0, 180 if grams < 1000 else 40)
                yield (
                    n,
                    grams,
                    round(price, 2),
                    ean(5600000000000 + n * 1000 + grams // 10) if coffee[7] else None,
                    stock,
                )

    def coffee_tags(self) -> Iterator[Sequence[Any]]:
        """Tags that fit."""
        for n, coffee in enumerate(COFFEES, 1):
            found = ["single origin" if coffee[1] else "blend", "espresso" if coffee[3] >= 3 else "filter"]
            found += (
                ["milk friendly"] * (coffee[3] in (3, 4))
                + ["low caffeine"] * coffee[4]
                + ["limited"] * (coffee[6] > 45)
            )
            found += (
                ["gift"] * (coffee[0].startswith("Advent"))
                + ["wild"] * (coffee[2] == "anaerobic")
                + ["staff pick"] * (n in (1, 8, 11, 18))
            )
            found += ["organic"] * bool(coffee[1] and "organic" in GROWERS[coffee[1] - 1][5])
            yield from ((n, tag) for tag in found)

    def lots(self) -> Iterator[Sequence[Any]]:
        """Green coffee, about two lots a coffee a year; blends have none."""
        r = self.stream("green_lot")
        self.lots_made: list[tuple[int, date]] = []
        found = []
        for n, coffee in enumerate(COFFEES, 1):
            day = date.fromisoformat(coffee[7] or "2026-10-20") - timedelta(days=20)
            last = date.fromisoformat(coffee[8]) if coffee[8] else LAST_DAY
            while coffee[1] and day < last:
                found.append((day, n, coffee))
                day += timedelta(days=r.randrange(110, 240))
        for number, (day, n, coffee) in enumerate(sorted(found, key=lambda lot: lot[:2]), 1):
            bags = r.choice([3, 5, 8, 10, 12, 20])
            weight = 69 if coffee[1] in (5, 6, 7, 8) else 60
            self.lots_made.append((number, day))
            moisture = round(r.gauss(10.8, 0.5), 1) if r.random() < 0.8 else None
            yield (
                number,
                f"{coffee[0][:3].upper()}-{day:%y%m}-{number:03}",
                n,
                day.isoformat(),
                bags,
                bags * weight,
                round(coffee[6] * r.uniform(0.18, 0.26), 2),
                round(r.gauss(85.5, 1.4) * 4) / 4,
                moisture,
            )

    def batches(self) -> Iterator[Sequence[Any]]:
        """Drums of coffee; the last two are still cooling."""
        r = self.stream("roast_batch")
        roasters = {n: (date.fromisoformat(s[4]), s[5]) for n, s in enumerate(STAFF, 1) if s[1] == "roaster"}
        times = sorted(
            (
                lot,
                datetime(day.year, day.month, day.day, 8)
                + timedelta(days=r.randrange(3, 150), minutes=r.randrange(0, 540)),
            )
            for lot, day in self.lots_made
            for _ in range(r.randrange(9, 34))
        )
        times = sorted((at, lot) for lot, at in times if at.date() <= LAST_DAY and at.weekday() < 6)
        for number, (at, lot) in enumerate(times, 1):
            who = r.choice([n for n, (since, _) in roasters.items() if since <= at.date()])
            minutes = round(r.gauss(11.2, 1.1), 1)
            green = r.choice([6, 8, 10, 12, 12, 15])
            done = None if number > len(times) - 2 else round(green * r.uniform(0.83, 0.88), 2)
            curve = (
                json.dumps(
                    [
                        [
                            s,
                            round(
                                195
                                - 100 * math.exp(-s / 60) * (1 if s else 0)
                                - (100 * math.exp(-s / 200) if s else 0)
                                + s / 60,
                                1,
                            ),
                        ]
                        for s in range(0, int(minutes * 60), 120)
                    ]
                )
                if number % 3 == 0
                else None
            )
            yield (
                number,
                lot,
                who,
                at.isoformat(" "),
                minutes,
                green,
                done,
                curve,
                r.choice(REMARKS) if r.random() < 0.12 else None,
            )

    def people(self) -> Iterator[Sequence[Any]]:
        """Customers; most are Portuguese and at home."""
        r = self.stream("customer")
        mails: set[str] = set()
        days = sorted(some_day(r, FIRST_DAY, LAST_DAY) for _ in range(CUSTOMERS))
        for number, since in enumerate(days, 1):
            country = r.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
            given, family, cities, postcode, streets = PEOPLE[country]
            first, last = r.choice(given.split()), r.choice(family.split()).replace("·", " ")
            name = f"{last} {first}" if country == "JP" else f"{first} {last}"
            city = r.choice(cities.split()).replace("·", " ")
            kind = r.choices(["home", "café", "office", "shop"], [84, 8, 5, 3])[0]
            company = r.choice(COMPANIES[kind]).format(f=last, g=first, c=city) if kind != "home" else None
            mail = f"{ascii_name(first) or 'kunde'}.{ascii_name(last) or number}{'' if r.random() < 0.5 else r.randrange(60, 99)}@{r.choice(['example.com', 'example.org', 'mail.example', 'post.example'])}"
            mail_or_none = None if mail in mails or r.random() < 0.04 else mail
            mails.add(mail)
            street = f"{r.choice(streets.split('|'))} {r.randrange(1, 210)}"
            likes = (
                json.dumps(
                    {"grind": r.choice(["beans", "espresso", "moka", "filter"]), "every_weeks": r.choice([2, 3, 4, 6])},
                    ensure_ascii=False,
                )
                if r.random() < 0.3
                else None
            )
            self.customers.append((country, since, kind))
            yield (
                number,
                name,
                company,
                kind,
                mail_or_none,
                phone(r, country),
                street,
                postcode(r),
                city,
                country,
                r.choice([0, 1, 1, None]),
                likes,
                since.isoformat(),
                r.choice(CUSTOMER_NOTES) if r.random() < 0.06 else None,
            )

    def orders(self) -> None:
        """Orders, their lines and payments; busier each year and before Christmas."""
        r = self.stream("orders")
        postage = {code: cost for code, _, _, cost in COUNTRIES}
        moments = sorted((self.order_time(r), n) for n in range(ORDERS))
        orders, lines, payments = [], [], []
        for number, (at, _) in enumerate(moments, 1):
            buyers = self.buyers_until(at.date())
            customer = int(buyers * r.random() ** 1.15) + 1
            country, _, kind = self.customers[customer - 1]
            status = order_status(r, at.date())
            shipped = at.date() + timedelta(days=r.randrange(1, 5)) if status in ("shipped", "returned") else None
            bought = self.order_lines(r, at.date(), kind)
            total = sum(quantity * price for _, _, quantity, price, _ in bought)
            cost = 0 if total > 60 and country in ("PT", "ES") else postage[country] or 0
            discount = 0.15 if kind in ("café", "shop") else r.choices([0, 0.1, 0.2], [90, 8, 2])[0]
            taken_by = (
                r.choice([4, 4, 10])
                if kind != "home" and at.year >= 2024
                else r.choice([4, None])
                if kind != "home"
                else None
            )
            note = r.choice(GIFT_NOTES) if kind == "home" and r.random() < 0.03 else None
            orders.append(
                (
                    number,
                    customer,
                    taken_by,
                    at.isoformat(" "),
                    status,
                    shipped and min(shipped, LAST_DAY).isoformat(),
                    cost,
                    discount,
                    note,
                )
            )
            lines += [(number, line, *item) for line, item in enumerate(bought, 1)]
            payments += payments_of(r, number, at, status, round(total * (1 - discount) + cost, 2), country)
        self.insert("orders", orders)
        self.insert("order_line", lines)
        self.insert("payment", [(n, *payment) for n, payment in enumerate(payments, 1)])

    @staticmethod
    def order_time(r: random.Random) -> datetime:
        """Return when someone orders: growing, more in November and December, seldom at night."""
        while True:
            days = (LAST_DAY - FIRST_DAY).days
            day = FIRST_DAY + timedelta(days=int(days * r.random() ** 0.6))
            if r.random() < {11: 0.9, 12: 1.0, 8: 0.45}.get(day.month, 0.62):
                break
        hour = r.choices(
            range(24), [2, 1, 1, 1, 1, 2, 6, 14, 22, 26, 28, 24, 20, 22, 22, 20, 20, 22, 24, 26, 30, 26, 16, 6]
        )[0]
        return datetime(day.year, day.month, day.day, hour, r.randrange(60), r.randrange(60))

    def buyers_until(self, day: date) -> int:
        """Return how many customers there were on a day."""
        low, high = 1, len(self.customers)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self.customers[middle - 1][1] <= day else (low, middle - 1)
        return low

    def order_lines(self, r: random.Random, day: date, kind: str) -> list[tuple[int, int, int, float, str | None]]:
        """Return (coffee, grams, quantity, unit price, grind) of an order."""
        sold = [
            n
            for n, c in enumerate(COFFEES, 1)
            if c[7] and c[7] <= day.isoformat() and (not c[8] or c[8] >= day.isoformat())
        ] or [18]
        count = min(len(sold), r.choices([1, 2, 3, 4, 6], [40, 32, 16, 8, 4])[0])
        found = []
        for coffee in r.sample(sold, count):
            sizes = [grams for n, grams in self.prices if n == coffee]
            grams = r.choice(sizes[-2:]) if kind != "home" else r.choices(sizes[:3], [60, 25, 15])[0]
            quantity = r.choice([2, 4, 5, 10, 12]) if kind in ("café", "shop") else r.choices([1, 2, 3], [72, 22, 6])[0]
            inflation = 1 - 0.035 * (LAST_DAY.year - day.year)
            price = round(math.ceil(self.prices[coffee, grams] * inflation * 10) / 10, 2)
            grind = (
                r.choice(["espresso", "moka", "filter", "french press"])
                if kind == "home" and r.random() < 0.35
                else None
            )
            found.append((coffee, grams, quantity, price, grind))
        return found

    def reviews(self) -> Iterator[Sequence[Any]]:
        """Reviews by people who bought the coffee."""
        r = self.stream("review")
        bought = self.connection.execute(
            "SELECT DISTINCT l.coffee_id, o.customer_id, min(o.placed_at) FROM order_line l JOIN orders o ON o.id = l.order_id WHERE o.status = 'shipped' GROUP BY 1, 2 ORDER BY 3, 1"
        ).fetchall()
        chosen = sorted(r.sample(bought, REVIEWS), key=lambda row: (row[2], row[0]))
        for number, (coffee, customer, ordered) in enumerate(chosen, 1):
            stars = r.choices([5, 4, 3, 2, 1], [52, 28, 12, 5, 3])[0]
            at = min(
                datetime.fromisoformat(ordered) + timedelta(days=r.randrange(4, 40), seconds=r.randrange(80_000)),
                datetime(2026, 11, 20, 21, 4),
            )
            published = 1 if at < datetime(2026, 11, 9) and stars > 1 else 0 if stars == 1 else None
            yield (
                number,
                coffee,
                customer if r.random() < 0.97 else None,
                stars,
                r.choice(TITLES[stars]),
                review_text(r, coffee, stars),
                at.isoformat(" "),
                published,
            )


def order_status(r: random.Random, day: date) -> str:
    """Return an order's status by its age."""
    age = (LAST_DAY - day).days
    if age < 4:
        return r.choice(["new", "paid", "paid", "packed"])
    return r.choices(["shipped", "cancelled", "returned"], [955, 33, 12])[0]


def payments_of(
    r: random.Random, order: int, at: datetime, status: str, total: float, country: str
) -> list[Sequence[Any]]:
    """Return the payments of an order: none, one, or one and its return."""
    if status == "new" or (status == "cancelled" and r.random() < 0.6):
        return []
    method = r.choices(["card", "transfer", "MB WAY", "cash"], [60, 14, 25 if country == "PT" else 0, 1])[0]
    paid = at + timedelta(minutes=r.randrange(1, 30), days=r.randrange(1, 9) if method == "transfer" else 0)
    paid = min(paid, datetime(2026, 11, 20, 23, 30))
    reference = f"DW{order:06}" if method == "transfer" else f"{r.getrandbits(40):010X}" if method != "cash" else None
    found: list[Sequence[Any]] = [(order, method, total, paid.isoformat(" "), reference)]
    if status in ("cancelled", "returned"):
        found.append(
            (
                order,
                method,
                -total,
                min(paid + timedelta(days=r.randrange(2, 15)), datetime(2026, 11, 20, 23, 45)).isoformat(" "),
                None,
            )
        )
    return found


def review_text(r: random.Random, coffee: int, stars: int) -> str | None:
    """Return what somebody wrote; some give only stars."""
    tastes = (COFFEES[coffee - 1][5] or "coffee, coffee").split(", ")
    first, second = tastes[0], tastes[-1]
    if r.random() < 0.15:
        return None
    middle = (
        r.choice(REVIEW_MIDDLES).format(a=first, b=second, A=first.capitalize())
        if stars > 2 and r.random() < 0.7
        else ""
    )
    parts = [r.choice(REVIEW_OPENINGS[stars]), middle, r.choice(REVIEW_ENDINGS) if stars > 2 else ""]
    return "\n\n".join(filter(None, parts)) if r.random() < 0.1 else " ".join(filter(None, parts))


def some_day(r: random.Random, first: date, last: date) -> date:
    """Return any day of a span, later ones a little likelier."""
    return first + timedelta(days=int((last - first).days * r.random() ** 0.75))


def phone(r: random.Random, country: str) -> str | None:
    """Return a telephone number as people of a country write it."""
    if r.random() < 0.3:
        return None
    code = {"PT": "+351 9", "ES": "+34 6", "FR": "+33 6 ", "DE": "+49 17", "GB": "+44 77", "JP": "+81 90-"}.get(
        country, "+3"
    )
    return code + f"{r.randrange(10, 99)} {r.randrange(100, 999)} {r.randrange(100, 999)}"


def ascii_name(name: str) -> str:
    """Return a name as it stands in a mail address; "" for one without Latin letters."""
    import unicodedata

    plain = unicodedata.normalize(
        "NFKD", name.lower().replace("ł", "l").replace("ø", "o").replace("ß", "ss").replace("ı", "i")
    )
    return "".join(letter for letter in plain if "a" <= letter <= "z")


def ean(number: int) -> str:
    """Return a barcode of 13 digits, the last of them its check digit."""
    digits = str(number)[:12]
    check = -sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10
    return f"{digits}{check}"


# -- Pictures ----------------------------------------------------------------------


def png(width: int, height: int, palette: Sequence[tuple[int, int, int]], pixel: Callable[[int, int], int]) -> bytes:
    """Return a PNG of up to 16 colours."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = bytearray()
    for y in range(height):
        rows.append(0)
        rows.extend(pixel(x, y) << 4 | pixel(x + 1, y) for x in range(0, width, 2))
    header = struct.pack(">IIBBBBB", width, height, 4, 3, 0, 0, 0)
    colours = b"".join(bytes(colour) for colour in palette)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"PLTE", colours)
        + chunk(b"IDAT", zlib.compress(bytes(rows), 9))
        + chunk(b"IEND", b"")
    )


def shade(hue: float, light: float, strength: float = 0.55) -> tuple[int, int, int]:
    """Return a colour; ``hue`` is a part of the circle."""
    parts = (0.5 + 0.5 * math.cos(2 * math.pi * (hue - third)) for third in (0, 1 / 3, 2 / 3))
    red, green, blue = (round(255 * light * (1 - strength + strength * part)) for part in parts)
    return red, green, blue


def label(number: int) -> bytes:
    """Draw a coffee's label: a sun over waves, in its own colours."""
    r = random.Random(f"{SEED} label {number}")
    hue, sun_x, sun_y, size = r.random(), r.randrange(24, 72), r.randrange(18, 44), r.randrange(9, 17)
    waves = [(r.uniform(2, 6), r.uniform(18, 40), r.uniform(0, 6)) for _ in range(4)]
    palette = [shade(hue, 0.98, 0.25), shade(hue + 0.08, 1.0, 0.7)] + [
        shade(hue + 0.45, light, 0.6) for light in (0.85, 0.68, 0.52, 0.36)
    ]

    def pixel(x: int, y: int) -> int:
        for depth in (3, 2, 1, 0):
            height, width, start = waves[depth]
            if y > 44 + depth * 12 + height * math.sin(x / width * 6 + start):
                return 2 + depth
        return 1 if (x - sun_x) ** 2 + (y - sun_y) ** 2 < size**2 else 0

    return png(96, 96, palette, pixel)


def portrait(number: int) -> bytes:
    """Draw a face of few lines, for a member of staff."""
    r = random.Random(f"{SEED} portrait {number}")
    skin = r.choice([(141, 85, 36), (198, 134, 66), (224, 172, 105), (241, 194, 125), (255, 219, 172)])
    hair = r.choice([(35, 24, 18), (84, 52, 24), (140, 96, 48), (90, 90, 96), (20, 20, 30)])
    palette = [shade(r.random(), 0.95, 0.3), skin, hair, shade(r.random(), 0.6, 0.6), (30, 24, 22)]
    fringe, long_hair = r.randrange(14, 21), r.random() < 0.5

    def pixel(x: int, y: int) -> int:
        dx, dy = x - 32, y - 28
        if dy in (-1, 0, 1) and abs(dx) in (5, 6, 7):
            return 4
        if 7 <= dy <= 9 and abs(dx) < 7 and abs(dy - 9 + dx * dx / 22) < 1.2:
            return 4
        if dx * dx / 196 + dy * dy / 289 < 1:
            return 2 if y < fringe else 1
        if dx * dx / 289 + (dy + 3) ** 2 / 361 < 1 and (y < 30 or long_hair):
            return 2
        return 3 if y > 46 and dx * dx / 680 + (y - 64) ** 2 / 330 < 1 else 0

    return png(64, 64, palette, pixel)


if __name__ == "__main__":
    main(sys.argv[1:])
