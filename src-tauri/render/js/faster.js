// Functions of LiquidJS written anew for an engine that compiles nothing: each takes the place of the one of its name when the
// engine is bundled, and does the same with fewer calls. They stand in LiquidJS's own module and use what is there.

function isArray(value) {
  return Array.isArray(value);
}

function isWord(char) {
  const code = char.charCodeAt(0);
  return code >= 128 ? !TYPES[code] : (TYPES[code] & WORD) !== 0;
}

function stringify(value) {
  if (typeof value === 'string') return value;
  value = toValue(value);
  if (value === null || value === undefined) return '';
  return Array.isArray(value) ? value.map((one) => stringify(one)).join('') : String(value);
}

function escape(str) {
  str = stringify(str);
  this.context.memoryLimit.use(str.length);
  return /[&<>"']/.test(str) ? str.replace(/[&<>"']/g, (character) => escapeMap[character]) : str;
}

function evalToken(token, ctx, lenient = false) {
  if (!token) return undefined;
  if (token.kind === TokenKind.PropertyAccess) return evalPropertyAccessToken(token, ctx, lenient);
  if ('content' in token) return token.content;
  return isRangeToken(token) ? evalRangeToken(token, ctx) : undefined;
}

function evalPropertyAccessToken(token, ctx, lenient) {
  // The names after a variable are mostly known, and stay what they are.
  token.names ??= token.props.every((prop) => 'content' in prop) && token.props.map((prop) => prop.content);
  const props = token.names || token.props.map((prop) => evalToken(prop, ctx, false));
  try {
    return token.variable ? ctx._getFromScope(evalToken(token.variable, ctx, lenient), props) : ctx._get(props);
  } catch (e) {
    if (lenient && e.name === 'InternalUndefinedVariableError') return null;
    throw new UndefinedVariableError(e, token);
  }
}

class SimpleEmitter {
  write(html) {
    this.buffer += typeof html === 'string' ? html : stringify(html);
  }
}

class Limiter {
  use(count) {
    count = +count;
    if (count > 0) {
      if (this.base + count > this.limit) assert(false, this.message);
      this.base += count;
    }
  }
}

class Render {
  /** Without asking for the time before each piece: it is limited from outside. */
  renderTemplates(templates, ctx, emitter) {
    if (!emitter) emitter = ctx.opts.keepOutputType ? new KeepingTypeEmitter() : new SimpleEmitter();
    const errors = [];
    for (let at = 0; at < templates.length; at++) {
      const template = templates[at];
      try {
        const html = template.render(ctx, emitter);
        if (html) emitter.write(html);
        if (ctx.breakCalled || ctx.continueCalled) break;
      } catch (e) {
        const error = LiquidError.is(e) ? e : new RenderError(e, template);
        if (!ctx.opts.catchAllErrors) throw error;
        errors.push(error);
      }
    }
    if (errors.length) throw new LiquidErrors(errors);
    return emitter.buffer;
  }
}

class IdentifierToken extends Token {
  constructor(input, begin, end, file) {
    super(TokenKind.Word, input, begin, end, file);
    this.content = input.slice(begin, end);
  }
}

class DelimitedToken extends Token {
  constructor(kind, range, input, begin, end, trimLeft, trimRight, file) {
    super(kind, input, begin, end, file);
    const isTrimmedLeft = input[range[0]] === '-';
    const isTrimmedRight = input[range[1] - 1] === '-';
    let left = isTrimmedLeft ? range[0] + 1 : range[0];
    let right = isTrimmedRight ? range[1] - 1 : range[1];
    while (left < right && TYPES[input.charCodeAt(left)] & BLANK) left++;
    while (right > left && TYPES[input.charCodeAt(right - 1)] & BLANK) right--;
    this.contentRange = [left, right];
    this.trimLeft = isTrimmedLeft || trimLeft;
    this.trimRight = isTrimmedRight || trimRight;
  }
}

class Expression {
  constructor(tokens) {
    this.postfix = tokens.length === 1 ? tokens : [...toPostfix(tokens)];
  }
  evaluate(ctx, lenient) {
    const { postfix } = this;
    if (postfix.length === 1 && postfix[0].kind !== TokenKind.Operator) return evalToken(postfix[0], ctx, lenient);
    const operands = [];
    for (const token of postfix) {
      if (token.kind !== TokenKind.Operator) {
        operands.push(evalToken(token, ctx, lenient));
        continue;
      }
      const operator = ctx.opts.operators[token.operator];
      const right = operands.pop();
      if (operatorTypes[token.operator] === 1 /* Unary */) operands.push(operator(right, ctx));
      else operands.push(operator(operands.pop(), right, ctx));
    }
    return operands[0];
  }
}

class Value {
  value(ctx, lenient) {
    const { filters } = this;
    lenient = lenient || (ctx.opts.lenientIf && filters.length > 0 && filters[0].name === 'default');
    let value = this.initial.evaluate(ctx, lenient);
    for (let at = 0; at < filters.length; at++) value = filters[at].render(value, ctx);
    return value;
  }
}

class Filter {
  render(value, context) {
    const self = { context, token: this.token, liquid: this.liquid };
    if (this.args.length === 0) return this.handler.call(self, value);
    const args = this.args.map((arg) =>
      isArray(arg) ? [arg[0], evalToken(arg[1], context)] : evalToken(arg, context),
    );
    return this.handler.call(self, value, ...args);
  }
}

class Context {
  _get(paths) {
    return this._getFromScope(this.findScope(paths[0]), paths);
  }
  _getFromScope(scope, paths, strictVariables = this.strictVariables) {
    if (isString(paths)) paths = paths.split('.');
    for (let at = 0; at < paths.length; at++) {
      const key = paths[at];
      // What an object has itself is read at once; everything else by the rules.
      let value;
      if (typeof scope === 'object' && scope !== null && typeof key !== 'object' && hasOwnProperty.call(scope, key)) {
        value = scope[key];
      }
      scope = value === undefined || typeof value === 'function' ? this.readProperty(scope, key) : value;
      if (strictVariables && scope === undefined)
        throw new InternalUndefinedVariableError(paths.slice(0, at + 1).join('.'));
    }
    return scope;
  }
}

class Tokenizer {
  skipBlank() {
    const { input, N } = this;
    let at = this.p;
    while (at < N && TYPES[input.charCodeAt(at)] & BLANK) at++;
    this.p = at;
  }
  readExpression() {
    const tokens = [];
    while (this.p < this.N) {
      const token = this.readOperator() || this.readValue();
      if (!token) break;
      tokens.push(token);
    }
    return new Expression(tokens);
  }
  readValue() {
    this.skipBlank();
    const begin = this.p;
    let variable = this.readLiteral();
    // A letter begins nothing else than a name.
    if (!variable && this.peekType() !== WORD) variable = this.readQuoted() || this.readRange() || this.readNumber();
    const props = this.readProperties(!variable);
    return props.length ? new PropertyAccessToken(variable, props, this.input, begin, this.p) : variable;
  }
  readIdentifier() {
    this.skipBlank();
    const { input, N, p: begin } = this;
    let at = begin;
    while (at < N) {
      const code = input.charCodeAt(at);
      if (code >= 128 ? TYPES[code] : !(TYPES[code] & WORD)) break;
      at++;
    }
    this.p = at;
    return new IdentifierToken(input, begin, at, this.file);
  }
  readNumber() {
    this.skipBlank();
    // Most values are none, and their first letter says so.
    if (!(this.peekType() & (SIGN | NUMBER))) return undefined;
    let decimalFound = false;
    let digitFound = false;
    let n = this.peekType() & SIGN ? 1 : 0;
    while (this.p + n <= this.N) {
      if (this.peekType(n) & NUMBER) {
        digitFound = true;
      } else if (this.peek(n) === '.' && this.peek(n + 1) !== '.') {
        if (decimalFound || !digitFound) return undefined;
        decimalFound = true;
      } else break;
      n++;
    }
    if (!digitFound || isWord(this.peek(n))) return undefined;
    const number = new NumberToken(this.input, this.p, this.p + n, this.file);
    this.advance(n);
    return number;
  }
  readQuoted() {
    this.skipBlank();
    const { input, N, p: begin } = this;
    if (!(this.peekType() & QUOTE)) return undefined;
    const quote = input.charCodeAt(begin);
    let at = begin + 1;
    let escaped = false;
    while (at < N) {
      const code = input.charCodeAt(at++);
      if (code === quote && !escaped) break;
      escaped = !escaped && code === 92;
    }
    this.p = at;
    return new QuotedToken(input, begin, at, this.file);
  }
  readToDelimiter(delimiter, respectQuoted = false) {
    this.skipBlank();
    const { input, N } = this;
    const last = delimiter.charCodeAt(delimiter.length - 1);
    while (this.p < N) {
      const code = input.charCodeAt(this.p);
      if (respectQuoted && TYPES[code] & QUOTE) {
        this.readQuoted();
        continue;
      }
      this.p++;
      if (code === last && this.rmatch(delimiter)) return this.p;
    }
    return -1;
  }
  matchTrie(trie) {
    const { input, N } = this;
    let node = trie;
    let at = this.p;
    let found;
    while (at < N && (node = node[input[at]])) {
      at++;
      if (node.end) found = node;
    }
    if (!found || (found.needBoundary && isWord(this.peek(at - this.p)))) return -1;
    return at;
  }
}
