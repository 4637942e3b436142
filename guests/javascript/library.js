// What the environment has besides ECMAScript: console, print, Duration, TextEncoder and
// TextDecoder. Evaluated once, before
// everything is frozen. Yields what the driver calls.
(function (write, encodeText, decodeText, parseDuration, formatDuration) {
    'use strict';

    class Duration {
        constructor(months = 0, days = 0, nanoseconds = 0n) {
            this.months = months;
            this.days = days;
            this.nanoseconds = nanoseconds;
        }
        static from(textOrObject) { return parseDuration(textOrObject); }
        // As CQL writes it: 1y2mo3d4h5m6s7ms8us9ns.
        toString() { return formatDuration(this); }
        toJSON() { return this.toString(); }
        get [Symbol.toStringTag]() { return 'Duration'; }
    }

    // Of the Encoding Standard, what is about UTF-8 as a whole.
    class TextEncoder {
        get encoding() { return 'utf-8'; }
        encode(text = '') { return encodeText(String(text).toWellFormed()); }
    }
    class TextDecoder {
        #fatal;
        #keepsMark;
        constructor(label = 'utf-8', {fatal = false, ignoreBOM = false} = {}) {
            if (!/^\s*(utf-?8|unicode-1-1-utf-8)\s*$/i.test(label)) {
                throw new RangeError(`the encoding '${label}' is not available, only utf-8`);
            }
            this.#fatal = Boolean(fatal);
            this.#keepsMark = Boolean(ignoreBOM);
        }
        get encoding() { return 'utf-8'; }
        get fatal() { return this.#fatal; }
        get ignoreBOM() { return this.#keepsMark; }
        decode(bytes = new Uint8Array(0)) {
            const text = decodeText(bytes, this.#fatal);
            return !this.#keepsMark && text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
        }
    }

    const SHOWN_DEPTH_MAX = 4;
    const SHOWN_ITEMS_MAX = 100;

    // The items, each shown, between brackets.
    function enclose(open, items, show, close) {
        const shown = [];
        for (const item of items) {
            if (shown.length === SHOWN_ITEMS_MAX) {
                shown.push('...');
                break;
            }
            shown.push(show(item));
        }
        return shown.length === 0 ? open + close : `${open} ${shown.join(', ')} ${close}`;
    }

    function showObject(value, depth) {
        const within = inner => show(inner, depth + 1);
        if (value instanceof Error) return String(value);
        if (value instanceof Decimal || value instanceof Duration) return value.toString();
        if (value instanceof Date) return isNaN(value) ? 'Invalid Date' : value.toISOString();
        if (value instanceof RegExp) return String(value);
        if (value instanceof Promise) return 'Promise';
        if (depth === SHOWN_DEPTH_MAX) return Array.isArray(value) ? '[...]' : '{...}';
        if (Array.isArray(value)) return enclose('[', value, within, ']');
        if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
            return `${value[Symbol.toStringTag]} ` + enclose('[', value, within, ']');
        }
        if (value instanceof Set) return 'Set ' + enclose('{', value, within, '}');
        if (value instanceof Map) {
            return 'Map ' + enclose('{', value, ([k, v]) => `${within(k)} => ${within(v)}`, '}');
        }
        const entry = key => `${/^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key)}: ${within(value[key])}`;
        const maker = Object.getPrototypeOf(value)?.constructor?.name;
        const title = maker === undefined || maker === 'Object' ? '' : maker + ' ';
        return title + enclose('{', Object.keys(value), entry, '}');
    }

    function show(value, depth) {
        switch (typeof value) {
            case 'string': return depth === 0 ? value : JSON.stringify(value);
            case 'bigint': return `${value}n`;
            case 'function': return `[Function: ${value.name || 'anonymous'}]`;
            case 'object': return value === null ? 'null' : showObject(value, depth);
            default: return Object.is(value, -0) ? '-0' : String(value);
        }
    }

    function logTo(stream) {
        return (...values) => write(stream, values.map(value => show(value, 0)).join(' '));
    }
    const define = (name, value) => Object.defineProperty(
        globalThis, name, {value, writable: true, configurable: true});
    const log = logTo(1), warn = logTo(2);
    define('console', {log, info: log, debug: log, warn, error: warn});
    define('print', log);
    define('Duration', Duration);
    define('TextEncoder', TextEncoder);
    define('TextDecoder', TextDecoder);

    // State that would outlive a row, and what has no meaning without threads.
    delete Error.prepareStackTrace;
    delete Error.stackTraceLimit;
    delete globalThis.SharedArrayBuffer;
    delete globalThis.Atomics;

    // A frozen property of a prototype can't be assigned to in objects that inherit it. Where
    // programs do that, the prototype gets an accessor that gives the object a property of its own.
    function allowOverride(prototype, names) {
        for (const name of names) {
            const property = Object.getOwnPropertyDescriptor(prototype, name);
            if (property === undefined || !('value' in property)) continue;
            const value = property.value;
            Object.defineProperty(prototype, name, {
                get() { return value; },
                set(own) {
                    if (this === prototype) throw new TypeError(`'${name}' is read-only`);
                    Object.defineProperty(
                        this, name, {value: own, writable: true, enumerable: true, configurable: true});
                },
                enumerable: false,
                configurable: true,
            });
        }
    }
    allowOverride(Object.prototype, ['constructor', 'toString', 'toLocaleString', 'valueOf']);
    for (const error of [Error, AggregateError, EvalError, RangeError, ReferenceError, SyntaxError,
                         TypeError, URIError]) {
        allowOverride(error.prototype, ['constructor', 'message', 'name', 'toString']);
    }

    // What an uncaught exception says.
    const explain = value => value instanceof Error ? String(value) : show(value, 0);

    return {Duration, explain};
})
