// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/keys.h"

#include <QFile>
#include <QHostAddress>
#include <QRegularExpression>

#include <algorithm>
#include <array>

namespace rookery::config {

namespace {

constexpr qint64 kibi = 1024;
constexpr qint64 mebi = 1024 * kibi;
constexpr qint64 gibi = 1024 * mebi;
constexpr qint64 minuteMs = 60'000;
constexpr qint64 hourMs = 60 * minuteMs;
constexpr int defaultPort = 5000;
constexpr int longestNodeName = 64;

using Refusal = std::optional<QString>;

Refusal checkRange(qint64 value, qint64 min, qint64 max)
{
    if (value >= min && value <= max)
        return std::nullopt;
    return QStringLiteral("must be from %1 to %2").arg(min).arg(max);
}

/// A whole number within bounds. `Member` is an integer, or a duration whose count is set.
template <typename Read>
auto integerSetter(qint64 min, qint64 max, Read read)
{
    return [min, max, read](Config &config, const Value &value) -> Refusal {
        const qint64 number = std::get<qint64>(value);
        if (const auto refusal = checkRange(number, min, max))
            return refusal;
        auto &member = read(config);
        using Member = std::remove_reference_t<decltype(member)>;
        if constexpr (std::is_integral_v<Member>)
            member = Member(number);
        else
            member = Member(typename Member::rep(number));
        return std::nullopt;
    };
}

template <typename Member>
qint64 count(const Member &member)
{
    if constexpr (std::is_integral_v<Member>)
        return member;
    else
        return member.count();
}

template <typename Member>
Key limit(const char *name, Member Limits::*member, qint64 min, qint64 max, const char *summary)
{
    return {QLatin1String("limits"), QLatin1String(name), QLatin1String(summary),
        [member](const Config &config) -> Value { return count(config.limits.*member); },
        integerSetter(min, max, [member](Config &config) -> Member & { return config.limits.*member; })};
}

Key flag(const char *section, const char *name, bool Config::*member, const char *summary)
{
    return {QLatin1String(section), QLatin1String(name), QLatin1String(summary),
        [member](const Config &config) -> Value { return config.*member; },
        [member](Config &config, const Value &value) -> Refusal {
            config.*member = std::get<bool>(value);
            return std::nullopt;
        }};
}

Key number(
    const char *section, const char *name, int Config::*member, qint64 min, qint64 max, const char *summary)
{
    return {QLatin1String(section), QLatin1String(name), QLatin1String(summary),
        [member](const Config &config) -> Value { return qint64(config.*member); },
        integerSetter(min, max, [member](Config &config) -> int & { return config.*member; })};
}

using TextCheck = Refusal (*)(const QString &);

Key text(const char *section, const char *name, QString Config::*member, TextCheck check, const char *summary)
{
    return {QLatin1String(section), QLatin1String(name), QLatin1String(summary),
        [member](const Config &config) -> Value { return config.*member; },
        [member, check](Config &config, const Value &value) -> Refusal {
            const QString &string = std::get<QString>(value);
            if (const auto refusal = check(string))
                return refusal;
            config.*member = string;
            return std::nullopt;
        }};
}

Key path(const char *section, const char *name, QString Config::*member, const char *summary)
{
    const auto check = [](const QString &string) -> Refusal {
        if (string.startsWith(QLatin1Char('~')))
            return QStringLiteral("must not start with '~': write the directory in full");
        if (string.contains(QChar(u'\0')))
            return QStringLiteral("must not contain U+0000");
        return std::nullopt;
    };
    Key key = text(section, name, member, check, summary);
    key.isPath = true;
    return key;
}

Refusal checkLine(const QString &string)
{
    constexpr int longest = 100;
    const bool printable =
        std::all_of(string.cbegin(), string.cend(), [](QChar c) { return c.isPrint() || c.isSurrogate(); });
    if (string.trimmed().isEmpty() || string.size() > longest || !printable)
        return QStringLiteral("must be one line of 1 to %1 characters").arg(longest);
    return std::nullopt;
}

Refusal checkLogLevel(const QString &string)
{
    static const QStringList levels{
        QStringLiteral("debug"), QStringLiteral("info"), QStringLiteral("warning"), QStringLiteral("error")};
    if (levels.contains(string))
        return std::nullopt;
    return QStringLiteral("must be one of debug, info, warning and error");
}

/// What it holds is not repeated: there may be a password in it.
Refusal checkStorageUrl(const QString &string)
{
    if (string.isEmpty())
        return std::nullopt;
    const QUrl url(string, QUrl::StrictMode);
    const bool isKnown =
        url.scheme() == QLatin1String("postgresql") || url.scheme() == QLatin1String("postgres");
    if (!url.isValid() || !isKnown)
        return QStringLiteral("must be a URL such as postgresql://rookery@127.0.0.1/rookery, or empty for "
                              "SQLite in the data directory");
    return std::nullopt;
}

/// What it holds is not repeated, and not checked further: only the bus knows what is behind it.
Refusal checkBusUrl(const QString &string)
{
    static const QRegularExpression redis(
        QStringLiteral("^(redis|rediss|redis\\+sentinel|rediss\\+sentinel|redis\\+unix)://."));
    if (string.isEmpty() || string == QLatin1String("memory") || string == QLatin1String("postgresql")
        || redis.match(string).hasMatch())
        return std::nullopt;
    return QStringLiteral(
        "must be 'memory', 'postgresql' or a URL such as redis://HOST, rediss://HOST, "
        "redis+sentinel://HOST,HOST/MASTER or redis+unix:///PATH, or empty for what fits storage.url");
}

Refusal checkNodeName(const QString &string)
{
    static const QRegularExpression form(
        QStringLiteral("^[A-Za-z0-9._-]{0,%1}$").arg(longestNodeName), QRegularExpression::DontCaptureOption);
    if (form.match(string).hasMatch() && !string.endsWith(u'\n'))
        return std::nullopt;
    return QStringLiteral("must consist of at most %1 letters, digits, '-', '_' and '.', or be empty for the "
                          "name of the host")
        .arg(longestNodeName);
}

constexpr int largestPort = 65535;

/// False for a URL whose port is a number but not a valid port; QUrl only reports that something is wrong.
bool portFits(const QString &url)
{
    static const QRegularExpression form(QStringLiteral("^[^/]*://[^/?#]*:([0-9]+)(?:[/?#].*)?$"));
    const auto match = form.match(url);
    if (!match.hasMatch())
        return true;
    bool isNumber = false;
    const int port = match.captured(1).toInt(&isNumber);
    return isNumber && port <= largestPort;
}

Refusal setListen(Config &config, const Value &value)
{
    QList<QUrl> urls;
    for (const QString &entry : std::get<QStringList>(value)) {
        const auto parsed = parseListenUrl(entry);
        if (const QString *refusal = std::get_if<QString>(&parsed))
            return QStringLiteral("holds '%1', which %2").arg(entry, *refusal);
        const QUrl &url = std::get<QUrl>(parsed);
        if (url.port() != 0 && urls.contains(url))
            return QStringLiteral("holds '%1' twice").arg(entry);
        urls.append(url);
    }
    if (urls.isEmpty())
        return QStringLiteral("must hold at least one URL such as http://127.0.0.1:5000");
    config.listen = urls;
    return std::nullopt;
}

/// The Origin that pages inside an app send: `capacitor://localhost`, `chrome-extension://ID`, `file://`, or
/// `null` for an opaque one.
bool isAppOrigin(const QString &entry)
{
    static const QRegularExpression form(
        QStringLiteral("^[a-z][a-z0-9+.-]*://[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*(:[1-9][0-9]{0,4})?$"),
        QRegularExpression::DontCaptureOption);
    static const QStringList notOfApps{QStringLiteral("http"), QStringLiteral("https"), QStringLiteral("ws"),
        QStringLiteral("wss"), QStringLiteral("ftp"), QStringLiteral("file"), QStringLiteral("data"),
        QStringLiteral("blob"), QStringLiteral("javascript")};
    if (entry == QLatin1String("null") || entry == QLatin1String("file://"))
        return true;
    return form.match(entry).hasMatch()
        && !notOfApps.contains(entry.section(u':', 0, 0), Qt::CaseInsensitive);
}

Refusal setAllowedOrigins(Config &config, const Value &value)
{
    QStringList origins;
    for (const QString &entry : std::get<QStringList>(value)) {
        const QUrl url(entry, QUrl::StrictMode);
        if (!portFits(entry))
            return QStringLiteral("holds '%1', whose port is out of range: it must be from 1 to %2")
                .arg(entry)
                .arg(largestPort);
        if (isAppOrigin(entry)) {
            origins.append(entry);
            continue;
        }
        if (entry == QLatin1String("*"))
            return QStringLiteral("must name each origin: '*' would let any page act for whoever visits it");
        const bool web = url.scheme() == QLatin1String("http") || url.scheme() == QLatin1String("https");
        // A serialized origin is scheme, host and port and nothing else (RFC 6454 section 6.2).
        const QUrl bare =
            url.adjusted(QUrl::RemovePath | QUrl::RemoveQuery | QUrl::RemoveFragment | QUrl::RemoveUserInfo);
        if (!url.isValid() || !web || url.host().isEmpty() || url.port() == 0
            || bare.toString(QUrl::FullyEncoded) != entry)
            return QStringLiteral("holds '%1', which is not an origin such as https://chat.example.org")
                .arg(entry);
        origins.append(entry);
    }
    config.allowedOrigins = origins;
    return std::nullopt;
}

Refusal setTrustedProxies(Config &config, const Value &value)
{
    const QStringList &networks = std::get<QStringList>(value);
    for (const QString &entry : networks) {
        if (entry == QLatin1String("unix:"))
            continue;
        const auto network = QHostAddress::parseSubnet(entry);
        if (network.first.isNull() || network.second < 0)
            return QStringLiteral(
                "holds '%1', which is neither an address, nor a network such as 10.0.0.0/8, "
                "nor 'unix:'")
                .arg(entry);
        if (network.second == 0)
            return QStringLiteral("holds '%1': then anybody could claim to be anywhere").arg(entry);
    }
    config.trustedProxies = networks;
    return std::nullopt;
}

/// A name of letters, digits, hyphens and dots, or an address.
bool isHost(const QString &entry)
{
    static const QRegularExpression name(QStringLiteral("^(?=.{1,253}$)[A-Za-z0-9_-]{1,63}"
                                                        "(\\.[A-Za-z0-9_-]{1,63})*$"),
        QRegularExpression::DontCaptureOption);
    if (entry.contains(u':'))
        return !entry.contains(u'%') && !QHostAddress(entry).isNull();
    return name.match(entry).hasMatch();
}

Refusal setPublicHosts(Config &config, const Value &value)
{
    const QStringList &hosts = std::get<QStringList>(value);
    for (const QString &entry : hosts) {
        if (!isHost(entry))
            return QStringLiteral("holds '%1', which is not a name such as chat.example.org, or an address, "
                                  "without scheme and port")
                .arg(entry);
    }
    config.publicHosts = hosts;
    return std::nullopt;
}

Refusal setAdmins(Config &config, const Value &value)
{
    const QStringList &names = std::get<QStringList>(value);
    for (const QString &name : names) {
        if (const auto refusal = checkLine(name))
            return QStringLiteral("holds a name that %1").arg(*refusal);
    }
    config.admins = names;
    return std::nullopt;
}

Refusal checkSocketMode(const QString &string)
{
    static const QRegularExpression form(
        QStringLiteral("^0?[67][0-7][0-7]$"), QRegularExpression::DontCaptureOption);
    if (form.match(string).hasMatch())
        return std::nullopt;
    return QStringLiteral("must be a mode in octal that lets the owner read and write, such as 0660");
}

std::vector<Key> makeKeys()
{
    std::vector<Key> keys{
        {QLatin1String("server"), QLatin1String("listen"),
            QLatin1String("URLs to listen on, http, https or unix:/PATH; port 0 picks a free one"),
            [](const Config &config) -> Value {
                QStringList urls;
                for (const QUrl &url : config.listen)
                    urls.append(url.toString());
                return urls;
            },
            setListen},
        path("server", "data_directory", &Config::dataDirectory,
            "database, signing key and certificate; empty: rookery in the XDG data folder"),
        text("server", "public_name", &Config::publicName, checkLine, "shown on the front page"),
        text("server", "log_level", &Config::logLevel, checkLogLevel, "debug, info, warning or error"),
        number("server", "io_threads", &Config::ioThreads, 0, 256,
            "threads that read and write sockets; 0: one per core"),
        text("server", "unix_socket_mode", &Config::unixSocketMode, checkSocketMode,
            "who may connect to the sockets of unix:/PATH"),

        text("storage", "url", &Config::storageUrl, checkStorageUrl,
            "postgresql://USER@HOST/DATABASE; empty: SQLite in the data directory"),
        path("storage", "password_file", &Config::storagePasswordFile,
            "a file with the password for the database of url"),
        flag("storage", "lossless_failover", &Config::losslessFailover,
            "PostgreSQL's standbys are synchronous: one that takes over has all that was acknowledged"),
        number("storage", "readers", &Config::storageReaders, 1, 64,
            "threads that read from the database, with a connection each"),

        text("bus", "url", &Config::busUrl, checkBusUrl,
            "how several rookeryd hear of each other: memory, postgresql or redis://HOST; empty: by "
            "storage.url"),
        path("bus", "password_file", &Config::busPasswordFile,
            "a file with the password for the Redis of url"),
        path("bus", "ca_file", &Config::busCaFile,
            "PEM certificates that may sign that of the Redis; empty: the system's"),

        text("node", "name", &Config::nodeName, checkNodeName,
            "what this rookeryd is called among several; empty: as its host"),

        path("tls", "certificate_file", &Config::certificateFile,
            "PEM chain for https; empty: a self-signed one is made"),
        path("tls", "key_file", &Config::keyFile, "PEM key of certificate_file"),
        {QLatin1String("tls"), QLatin1String("hsts_seconds"),
            QLatin1String("how long browsers must use TLS only; 0: no header is sent"),
            [](const Config &config) -> Value { return qint64(config.hsts.count()); },
            integerSetter(0, qint64(10) * 366 * 24 * 3600,
                [](Config &config) -> std::chrono::seconds & { return config.hsts; })},

        flag("auth", "guests", &Config::guests, "admit WebSockets without a token as guests"),
        flag("auth", "registration", &Config::registration, "let strangers register accounts"),
        {QLatin1String("auth"), QLatin1String("token_lifetime_seconds"),
            QLatin1String("how long a log-in lasts"),
            [](const Config &config) -> Value { return qint64(config.tokenLifetime.count()); },
            integerSetter(60, qint64(10) * 366 * 24 * 3600,
                [](Config &config) -> std::chrono::seconds & { return config.tokenLifetime; })},
        path("auth", "signing_key_file", &Config::signingKeyFile,
            "the key that signs tokens, the same for all nodes; empty: signing.key in the data directory"),
        text("auth", "issuer", &Config::issuer, checkLine, "written into every token and required of it"),
        text("auth", "audience", &Config::audience, checkLine, "written into every token and required of it"),

        {QLatin1String("accounts"), QLatin1String("admins"),
            QLatin1String("users who act as owners in every public room"),
            [](const Config &config) -> Value { return config.admins; }, setAdmins},

        {QLatin1String("http"), QLatin1String("allowed_origins"),
            QLatin1String("other sites whose pages may use this server"),
            [](const Config &config) -> Value { return config.allowedOrigins; }, setAllowedOrigins},
        {QLatin1String("http"), QLatin1String("trusted_proxies"),
            QLatin1String("reverse proxies whose X-Forwarded-For and -Proto are trusted"),
            [](const Config &config) -> Value { return config.trustedProxies; }, setTrustedProxies},
        {QLatin1String("http"), QLatin1String("public_hosts"),
            QLatin1String("the host names of this server; empty: those of local networks"),
            [](const Config &config) -> Value { return config.publicHosts; }, setPublicHosts},

        flag("rooms", "create_on_first_use", &Config::createOnFirstUse,
            "create a room when a dialect names one that does not exist"),

        limit("url_bytes", &Limits::urlBytes, 256, mebi, "longest request target; past it 414"),
        limit("header_bytes", &Limits::headerBytes, kibi, mebi, "largest header block; past it 431"),
        limit("header_fields", &Limits::headerFields, 10, 1000, "most header fields; past it 431"),
        limit("body_bytes", &Limits::bodyBytes, kibi, 64 * mebi, "largest JSON body; past it 413"),
        limit("header_time_ms", &Limits::headerTime, 10, hourMs, "first byte to end of head; past it 408"),
        limit(
            "body_grace_ms", &Limits::bodyGrace, 10, hourMs, "time before body_bytes_per_second is enforced"),
        limit("body_bytes_per_second", &Limits::bodyBytesPerSecond, 0, gibi,
            "slowest body; below it 408; 0: off"),
        limit("keep_alive_time_ms", &Limits::keepAliveTime, 10, hourMs, "idle HTTP connections are closed"),
        limit("websocket_message_bytes", &Limits::websocketMessageBytes, kibi, 64 * mebi,
            "largest WebSocket message; past it close code 1009"),
        limit("ping_interval_ms", &Limits::pingInterval, 10, hourMs, "WebSocket heartbeat"),
        limit("pong_timeout_ms", &Limits::pongTimeout, 20, 2 * hourMs,
            "a WebSocket silent for this long is dead"),
        limit("outbound_bytes", &Limits::outboundBytes, 4 * kibi, gibi,
            "queued for one slow WebSocket; past it close code 4008"),
        limit("outbound_bytes_per_thread", &Limits::outboundBytesPerThread, mebi, gibi,
            "queued for all WebSockets of an I/O thread; past it the longest queue gets 4008"),
        limit("message_characters", &Limits::messageCharacters, 1, 1'000'000, "longest message text"),
        limit("edit_window_seconds", &Limits::editWindow, 0, qint64(10) * 366 * 24 * 3600,
            "how long senders may edit a message; 0: for good"),
        limit("password_bytes_min", &Limits::passwordBytesMin, 1, kibi, "shortest password, in UTF-8"),
        limit("password_bytes_max", &Limits::passwordBytesMax, 64, 4 * kibi, "longest password, in UTF-8"),
        limit("user_name_characters_min", &Limits::userNameCharactersMin, 1, 32, "shortest user name"),
        limit("user_name_characters_max", &Limits::userNameCharactersMax, 2, 32, "longest user name"),
        limit("room_name_characters_max", &Limits::roomNameCharactersMax, 8, 255, "longest room name"),
        limit("topic_characters", &Limits::topicCharacters, 1, 4000, "longest topic of a room"),
        limit("logins_per_minute", &Limits::loginsPerMinute, 0, 1'000'000,
            "log-ins per address, ten times as many per name; 0: unlimited"),
        limit("guests_per_minute", &Limits::guestsPerMinute, 0, 1'000'000,
            "guests admitted per address; 0: unlimited"),
        limit("messages_per_second", &Limits::messagesPerSecond, 0, 1'000'000,
            "messages per user; 0: unlimited"),
        limit("messages_burst", &Limits::messagesBurst, 1, 1'000'000, "messages per user at once"),
        limit("work_per_user", &Limits::workPerUser, 0, 1'000'000,
            "work that a user may cause, in ms of a core per second; 0: unlimited"),
        limit("work_per_network", &Limits::workPerNetwork, 0, 1'000'000,
            "the same for an address; 0: unlimited"),
        limit("bytes_per_user_per_day", &Limits::bytesPerUserPerDay, 0, 1024 * gibi,
            "bytes one user may store in a day; past it 429; 0: unlimited"),
        limit("bytes_per_network_per_day", &Limits::bytesPerNetworkPerDay, 0, 1024 * gibi,
            "bytes stored in a day from one address; past it 429; 0: unlimited"),
        limit("connections_per_address", &Limits::connectionsPerAddress, 0, 1'000'000,
            "open connections per address; 0: unlimited"),
        limit("connections", &Limits::connections, 1, 1'000'000, "open connections in all"),
        limit("sessions_per_user", &Limits::sessionsPerUser, 1, 1000,
            "log-ins of one user; the next one ends the least recently used"),
        limit("rooms_per_user", &Limits::roomsPerUser, 0, 1'000'000,
            "rooms one user may be in; past it 403; 0: unlimited"),
        limit("invitations_per_inviter", &Limits::invitationsPerInviter, 0, 1'000'000,
            "open invitations of one inviter; past it 429; 0: unlimited"),
        limit("invitations_per_pair", &Limits::invitationsPerPair, 0, 1'000'000,
            "of those to one user, at once and in an hour; 0: unlimited"),
        limit("invitations_per_user", &Limits::invitationsPerUser, 0, 1'000'000,
            "open invitations waiting for one user; the next one replaces another; 0: unlimited"),
        limit("invitations_per_network", &Limits::invitationsPerNetwork, 0, 1'000'000,
            "invitations to one user in an hour from one address; past it 429; 0: unlimited"),
        limit("tls_handshakes_per_second", &Limits::tlsHandshakesPerSecond, 0, 1'000'000,
            "TLS handshakes per address, RSA keys count 2 to 8 times; 0: unlimited"),
        limit("tls_handshakes_burst", &Limits::tlsHandshakesBurst, 8, 1'000'000,
            "TLS handshakes per address at once"),
        limit("store_queue", &Limits::storeQueue, 1, 1'000'000, "writes waiting for a commit; past it 503"),
        limit("password_queue", &Limits::passwordQueue, 1, 100'000, "hashes waiting for a core; past it 503"),
        limit("history_page", &Limits::historyPage, 1, 1000, "most events in one page of history"),
    };
    return keys;
}

QString quoted(const QString &string)
{
    QString escaped;
    for (const QChar c : string) {
        if (c == QLatin1Char('"') || c == QLatin1Char('\\'))
            escaped += QLatin1Char('\\');
        escaped += c;
    }
    return QLatin1Char('"') + escaped + QLatin1Char('"');
}

} // namespace

QString Key::path() const
{
    return section + QLatin1Char('.') + name;
}

QString Key::variable() const
{
    return QStringLiteral("ROOKERY_%1_%2").arg(section, name).toUpper();
}

const std::vector<Key> &keys()
{
    static const std::vector<Key> table = makeKeys();
    return table;
}

const Key *findKey(const QString &section, const QString &name)
{
    for (const Key &key : keys()) {
        if (key.section == section && key.name == name)
            return &key;
    }
    return nullptr;
}

QString typeName(const Value &value)
{
    static const std::array names{QStringLiteral("true or false"), QStringLiteral("a whole number"),
        QStringLiteral("a string"), QStringLiteral("an array of strings")};
    return names.at(value.index());
}

QString toToml(const Value &value)
{
    if (const bool *flag = std::get_if<bool>(&value))
        return *flag ? QStringLiteral("true") : QStringLiteral("false");
    if (const qint64 *number = std::get_if<qint64>(&value))
        return QString::number(*number);
    if (const QString *string = std::get_if<QString>(&value))
        return quoted(*string);
    QStringList items;
    for (const QString &item : std::get<QStringList>(value))
        items.append(quoted(item));
    return QLatin1Char('[') + items.join(QLatin1String(", ")) + QLatin1Char(']');
}

namespace {

/// `unix:/PATH`
std::variant<QUrl, QString> parseSocketPath(const QString &text)
{
    constexpr qsizetype longest = 107; // unix(7): net::LocalSocket::longestPath
    const QUrl url(text, QUrl::StrictMode);
    const QString path = url.path(QUrl::FullyDecoded);
    const bool plain =
        url.isValid() && !text.startsWith(QLatin1String("unix://")) && !url.hasQuery() && !url.hasFragment();
    if (!plain || !path.startsWith(u'/') || path.endsWith(u'/') || path.contains(QChar(u'\0')))
        return QStringLiteral("is not of the form unix:/PATH");
    if (QFile::encodeName(path).size() > longest)
        return QStringLiteral("has a path of more than %1 bytes").arg(longest);
    QUrl normal;
    normal.setScheme(QStringLiteral("unix"));
    normal.setPath(path, QUrl::DecodedMode);
    return normal;
}

} // namespace

std::variant<QUrl, QString> parseListenUrl(const QString &text)
{
    if (text.startsWith(QLatin1String("unix:")))
        return parseSocketPath(text);
    if (!portFits(text))
        return QStringLiteral("has a port out of range: it must be from 0 to %1").arg(largestPort);
    const QUrl url(text, QUrl::StrictMode);
    if (!url.isValid() || (url.scheme() != QLatin1String("http") && url.scheme() != QLatin1String("https"))
        || !text.contains(QLatin1String("://")))
        return QStringLiteral("is not of the form http://ADDRESS:PORT, https://ADDRESS:PORT or unix:/PATH");
    if (!url.userInfo().isEmpty() || url.hasQuery() || url.hasFragment()
        || !(url.path().isEmpty() || url.path() == QLatin1String("/")))
        return QStringLiteral("has more than an address and a port");
    const QString host = url.host();
    if (host != QLatin1String("localhost") && QHostAddress(host).isNull())
        return QStringLiteral("does not name an IP address of this machine or localhost; "
                              "0.0.0.0 and [::] stand for all of them");
    QUrl normal;
    normal.setScheme(url.scheme());
    normal.setHost(host);
    normal.setPort(url.port(defaultPort));
    return normal;
}

QString defaultNodeName(const QString &host)
{
    QString name = host.left(longestNodeName);
    static const QRegularExpression others(QStringLiteral("[^A-Za-z0-9._-]"));
    name.replace(others, QStringLiteral("-"));
    return name.isEmpty() ? QStringLiteral("node") : name;
}

} // namespace rookery::config
