// Signet's signature gate for nginx: which image URLs are genuine, and the one canonical form of each.
//
// It reads URLs exactly as server/urls and server/signing do, and a shared table of URLs holds both to that
// (tests/vectors/urls.json). It runs in nginx's njs from 0.7.9 on, and in Node for the tests; hence the old syntax.
//
//   js_import signet from signet.js;
//   js_set $signet_gate signet.gate;          "200 KEY TARGET", or "STATUS CODE" of a refusal
//   js_set $signet_problem signet.problem;    the body of a refusal (RFC 9457)
//
// What it does not do: unpack tokens (njs has no zlib before 0.7.12). Signature, encoding and, where the payload is
// plain, format and expiry are checked here; the rest by the origin, whose Cache-Control ends with the URL.

import crypto from 'crypto';

var FORMATS = {png: 'png', jpg: 'jpg', jpeg: 'jpg', webp: 'webp', avif: 'avif', gif: 'gif', pdf: 'pdf'};
var RESERVED = names('_v _e _d _q _l _variant _w _h _k');
var CLOUDFRONT = names('Expires Policy Signature Key-Pair-Id');
var TRACKING_PREFIXES = /^(utm|mtm|hsa)_/;
var TRACKING = names(
    'gclid gclsrc dclid gbraid wbraid gad_source gad_campaignid srsltid _ga _gl ' +
    'fbclid fb_action_ids fb_action_types fb_ref fb_source igshid igsh mibextid msclkid twclid ttclid li_fat_id ' +
    'epik rdt_cid sccid yclid ysclid _openstat dicbo tblci s_kwcid _branch_match_id irclickid cjevent wickedid ' +
    'rb_clickid pk_campaign pk_kwd pk_keyword pk_source pk_medium pk_content pk_cid mc_cid mc_eid mc_tc ' +
    '_hsenc _hsmi __hssc __hstc __hsfp hsctatracking mkt_tok _kx _ke vero_id vero_conv ck_subscriber_id ' +
    'ml_subscriber ml_subscriber_hash __s _bhlid _bta_tid _bta_c oly_enc_id oly_anon_id elqtrack elqtrackid dm_i');
var PATH = /^(?:\/i\/([^\/.]+)\.([A-Za-z0-9]+)|\/t\/([^\/]+)\.([A-Za-z0-9]+))$/;
var TOKEN = /^(\.?[A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{43})$/;
var TEMPLATE = /^[a-z0-9][a-z0-9-]{0,63}$/;
var VARIABLE = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
var BROKEN_ESCAPE = /%(?![0-9A-Fa-f]{2})/;
// Upper-case escapes of everything but the unreserved characters.
var CANONICAL = /^[A-Za-z0-9\-._~]*(?:%(?:[01][0-9A-F]|2[0-9A-CF]|3[A-F]|40|5[B-E]|60|7[B-DF]|[89A-F][0-9A-F])[A-Za-z0-9\-._~]*)*$/;
var OPTIONS = {
    _v: /^[A-Za-z0-9._-]{1,64}$/, _e: /^[1-9][0-9]{0,9}$/, _d: /^[1-3]$/, _q: /^(?:[1-9][0-9]?|100)$/,
    _l: /^(?=.{2,35}$)[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*$/, _variant: /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/,
    _w: /^[1-9][0-9]{0,4}$/, _h: /^[1-9][0-9]{0,4}$/, _k: /^[A-Za-z0-9_-]{1,64}$/
};
var PROBLEMS = {
    'malformed-url': [400, 'Malformed URL', 'A part of the URL is not properly percent-encoded UTF-8.'],
    'missing-signature': [403, 'Missing signature', 'The URL is not signed; it lacks _s.'],
    'bad-signature': [403, 'Bad signature', 'The signature does not match this URL; it was changed, or signed with another key.'],
    'unsigned-parameter': [403, 'Unsigned parameter', 'The URL has a parameter that no signature covers; remove it.'],
    'duplicate-parameter': [403, 'Duplicate parameter', 'A parameter of the URL occurs more than once.'],
    'not-found': [404, 'Not found', 'Images live at /i/{template}.{format} and /t/{token}.{format}.'],
    'unknown-format': [404, 'Unknown format', 'The path must end in one of png, jpg, webp, avif, gif, pdf.'],
    'expired': [410, 'URL expired', 'The URL has expired; ask whoever published it for a new one.'],
    'url-too-long': [414, 'URL too long', 'The URL is longer than the server accepts.']
};

function names(text) {
    var found = {};
    text.split(' ').forEach(function (name) { found[name] = true; });
    return found;
}

function has(object, name) {
    return Object.prototype.hasOwnProperty.call(object, name);
}

// `request` is the request target as it arrived, its bytes outside ASCII percent-encoded; `length` counts it as it
// arrived. `keys` are {id, key} with derived keys as Buffers, the newest first; `now` is in unix seconds.
// Gives {key, target} of a genuine URL, or {code} of a refusal.
function examine(request, length, keys, now, longest) {
    if (length > longest) {
        return refusal('url-too-long');
    }
    var text = request.split('#', 1)[0];
    var mark = text.indexOf('?');
    var path = mark < 0 ? text : text.slice(0, mark);
    var match = PATH.exec(path.indexOf('%') < 0 ? path : bytesOf(path));
    if (!match) {
        return refusal('not-found');
    }
    var extension = match[2] || match[4];
    if (!has(FORMATS, extension)) {
        return refusal('unknown-format');
    }
    var query = readQuery(mark < 0 ? '' : text.slice(mark + 1));
    if (query.code) {
        return query;
    }
    if (match[3] !== undefined) {
        return examineToken(match[3], FORMATS[extension], query, keys, now);
    }
    if (!TEMPLATE.test(match[1])) {
        return refusal('not-found');
    }
    return examineQuery('/i/' + match[1] + '.' + FORMATS[extension], query, keys, now);
}

function examineQuery(path, query, keys, now) {
    var signed = Object.keys(query.spelled).sort();
    if (query.signature === undefined) {
        return refusal('missing-signature');
    }
    var text = join(path, signed, query.spelled);
    var id = query.values._k;
    var usable = id === undefined ? keys : keys.filter(function (key) { return key.id === id; });
    if (!isGenuine(text, query.signature, usable)) {
        return refusal('bad-signature');
    }
    if (hasExpired(query.values, now)) {
        return refusal('expired');
    }
    // The key's name changes no byte of the picture.
    var shown = id === undefined ? text : join(path, signed.filter(function (name) { return name !== '_k'; }), query.spelled);
    return {key: shown, target: text + (signed.length ? '&_s=' : '?_s=') + query.signature};
}

function examineToken(token, format, query, keys, now) {
    if (Object.keys(query.spelled).length || query.signature !== undefined) {
        return refusal('unsigned-parameter');
    }
    var match = TOKEN.exec(token);
    if (!match || !isGenuine(match[1], match[2], keys)) {
        return refusal('bad-signature');
    }
    var packed = match[1].charAt(0) === '.' ? match[1].slice(1) : match[1];
    if (Buffer.from(packed, 'base64url').toString('base64url') !== packed) {
        return refusal('malformed-url');
    }
    var fields = packed === match[1] ? fieldsOf(packed) : null;
    if (fields && fields.f !== format) {
        return refusal('bad-signature');
    }
    if (fields && hasExpired(fields.q, now)) {
        return refusal('expired');
    }
    return {key: '/t/' + match[1] + '.' + format, target: '/t/' + match[1] + '.' + match[2] + '.' + format};
}

// What a plain payload says; null for one that the origin has more to say about than whether it has expired.
function fieldsOf(payload) {
    var fields;
    try {
        fields = JSON.parse(Buffer.from(payload, 'base64url').toString());
    } catch (e) {
        return null;
    }
    if (!fields || typeof fields.f !== 'string' || typeof fields.t !== 'string' || !TEMPLATE.test(fields.t) ||
            !fields.q || typeof fields.q !== 'object') {
        return null;
    }
    var text = JSON.stringify;
    var names = Object.keys(fields.q).sort();
    var isPlain = names.every(function (name) {
        var value = fields.q[name];
        return (has(RESERVED, name) || isVariable(name)) && typeof value === 'string' && value.indexOf('\0') < 0;
    });
    var spelled = names.map(function (name) { return text(name) + ':' + text(fields.q[name]); });
    var canonical = '{"f":' + text(fields.f) + ',"q":{' + spelled.join(',') + '},"t":' + text(fields.t) + '}';
    return isPlain && Buffer.from(canonical).toString('base64url') === payload ? fields : null;
}

function hasExpired(values, now) {
    // With impossible options the origin has more to say than that the URL has expired.
    return values._e !== undefined && arePossible(values) && now >= Number(values._e);
}

function refusal(code) {
    return {code: code};
}

function join(path, sorted, spelled) {
    if (!sorted.length) {
        return path;
    }
    return path + '?' + sorted.map(function (name) { return name + '=' + spelled[name]; }).join('&');
}

function arePossible(values) {
    return Object.keys(values).every(function (name) { return !has(OPTIONS, name) || OPTIONS[name].test(values[name]); });
}

function isGenuine(text, signature, keys) {
    return keys.some(function (key) {
        return isSame(crypto.createHmac('sha256', key.key).update(text).digest('base64url'), signature);
    });
}

// As long for the first wrong character as for the last.
function isSame(ours, theirs) {
    var difference = ours.length ^ theirs.length;
    for (var i = 0; i < ours.length; i++) {
        difference |= ours.charCodeAt(i) ^ theirs.charCodeAt(i % (theirs.length || 1));
    }
    return difference === 0;
}

// Values by name, their canonical spellings, and the signature; or {code} of a refusal.
function readQuery(text) {
    var query = {values: {}, spelled: {}, signature: undefined};
    var pieces = text.split('&');
    for (var i = 0; i < pieces.length; i++) {
        if (pieces[i]) {
            var code = readPiece(pieces[i], query);
            if (code) {
                return refusal(code);
            }
        }
    }
    return query;
}

function readPiece(piece, query) {
    var equals = piece.indexOf('=');
    var name = nameOf(equals < 0 ? piece : piece.slice(0, equals));
    var raw = equals < 0 ? '' : piece.slice(equals + 1);
    var isSignature = name === '_s';
    if (!isSignature && !has(RESERVED, name)) {
        if (isTracking(name)) {
            return '';
        }
        if (!isVariable(name)) {
            return 'unsigned-parameter';
        }
    }
    if (isSignature ? query.signature !== undefined : has(query.values, name)) {
        return 'duplicate-parameter';
    }
    var value = valueOf(raw);
    if (value === null) {
        return 'malformed-url';
    }
    if (isSignature) {
        query.signature = value;
    } else {
        query.values[name] = value;
        query.spelled[name] = CANONICAL.test(raw) ? raw : spell(value);
    }
    return '';
}

function isTracking(name) {
    var folded = name.toLowerCase();
    return has(TRACKING, folded) || TRACKING_PREFIXES.test(folded);
}

function isVariable(name) {
    return !has(CLOUDFRONT, name) && !isTracking(name) && VARIABLE.test(name);
}

// A name may be escaped though it need not be, and follow an `&amp;` that was not decoded.
function nameOf(raw) {
    var name = raw;
    if (raw.indexOf('%') >= 0) {
        try {
            name = decodeURIComponent(raw);
        } catch (e) {
            name = bytesOf(raw);
        }
    }
    while (name.slice(0, 4) === 'amp;') {
        name = name.slice(4);
    }
    return name;
}

// The text of a raw value; null if no text can be read from it.
function valueOf(raw) {
    var text = raw.indexOf('+') < 0 ? raw : raw.split('+').join(' ');
    if (text.indexOf('%') < 0) {
        return text;
    }
    if (BROKEN_ESCAPE.test(text)) {
        return null;
    }
    try {
        text = decodeURIComponent(text);
    } catch (e) {
        return null;
    }
    return text.indexOf('\0') < 0 ? text : null;
}

function spell(text) {
    return encodeURIComponent(text).replace(/[!'()*]/g, function (c) {
        return '%' + c.charCodeAt(0).toString(16).toUpperCase();
    });
}

// One character a byte.
function bytesOf(text) {
    return text.replace(/%([0-9A-Fa-f]{2})/g, function (_, digits) { return String.fromCharCode(parseInt(digits, 16)); });
}

// The target with bytes outside ASCII escaped, as nginx and Python may find them raw.
function escaped(bytes) {
    return bytes.toString('hex').replace(/../g, function (digits) {
        var byte = parseInt(digits, 16);
        return byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '%' + digits.toUpperCase();
    });
}

// "id:hex,id:hex", the newest last.
function readKeys(text) {
    return text.split(',').filter(Boolean).map(function (entry) {
        var parts = entry.split(':');
        return {id: parts[0], key: Buffer.from(parts[1], 'hex')};
    }).reverse();
}

function verdict(request, length, keys, now, longest) {
    var found = examine(request, length, keys, now, longest);
    return found.code ? PROBLEMS[found.code][0] + ' ' + found.code : '200 ' + found.key + ' ' + found.target;
}

function gate(r) {
    var request = r.variables.request_uri;
    var length = request.length;
    if (!/^[\x21-\x7e]*$/.test(request)) {
        var bytes = r.rawVariables.request_uri;
        request = escaped(bytes);
        length = bytes.length;
    }
    var keys = readKeys(r.variables.signet_keys);
    return verdict(request, length, keys, Math.floor(Date.now() / 1000), Number(r.variables.signet_longest_url));
}

function problem(r) {
    var code = r.variables.signet_gate.split(' ')[1];
    var known = PROBLEMS[code];
    return JSON.stringify({
        type: '/problems/' + code, title: known[1], status: known[0], detail: known[2], code: code,
        request_id: r.variables.request_id
    });
}

export default {gate: gate, problem: problem, verdict: verdict, escaped: escaped, readKeys: readKeys, PROBLEMS: PROBLEMS};
