// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/config.h"

#include "server/config/keys.h"

#include <QDir>
#include <QFile>
#include <QRegularExpression>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

using namespace rookery;
using namespace rookery::config;
using namespace std::chrono_literals;

namespace {

QStringList urls(const Config &config)
{
    QStringList list;
    for (const QUrl &url : config.listen)
        list.append(url.toString());
    return list;
}

} // namespace

class tst_Config : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void defaults();
    void withoutAHome_data();
    void withoutAHome();
    void placesOfKeys();
    void everyKindOfKeyFromAFile();
    void boundsOfEveryNumber();
    void precedence();
    void relativePaths();
    void fileFromTheEnvironment();
    void goodFiles_data();
    void goodFiles();
    void badFiles_data();
    void badFiles();
    void unreadableFiles();
    void goodListenUrls_data();
    void goodListenUrls();
    void badListenUrls_data();
    void badListenUrls();
    void portsOutOfRange();
    void badFlags();
    void allowedOrigins_data();
    void allowedOrigins();
    void helpNeedsNoGoodConfiguration();

private:
    /// Loads with a file of this text; `more` follows `--config FILE`.
    Result<Invocation> loadText(
        const QByteArray &text, const QStringList &more = {}, const QProcessEnvironment &environment = {});

    QTemporaryDir m_directory;
    QString m_path = m_directory.filePath(QStringLiteral("rookeryd.toml"));
};

Result<Invocation> tst_Config::loadText(
    const QByteArray &text, const QStringList &more, const QProcessEnvironment &environment)
{
    QFile file(m_path);
    if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
        return Error{ErrorCode::Internal, QStringLiteral("the test cannot write its file")};
    file.close();
    return load(
        QStringList{QStringLiteral("rookeryd"), QStringLiteral("--config"), m_path} + more, environment);
}

void tst_Config::defaults()
{
    const auto invocation = load({QStringLiteral("rookeryd")}, {});
    QVERIFY(invocation);
    const Config &config = invocation->config;
    QCOMPARE(invocation->action, Action::Run);
    QCOMPARE(urls(config), QStringList{QStringLiteral("http://127.0.0.1:5000")});
    QCOMPARE(config.dataDirectory,
        QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation) + QStringLiteral("/rookery"));
    QVERIFY(QDir::isAbsolutePath(config.dataDirectory));
    QVERIFY(!config.guests);
    QVERIFY(config.registration);
    QVERIFY(config.allowedOrigins.isEmpty());
    QCOMPARE(config.limits.messagesPerSecond, 20);
}

void tst_Config::withoutAHome_data()
{
    QTest::addColumn<QByteArray>("home");
    QTest::addColumn<QByteArray>("dataHome");
    QTest::addColumn<bool>("isGood");
    QTest::newRow("none") << QByteArray() << QByteArray() << false;
    QTest::newRow("the root") << QByteArray("/") << QByteArray() << false;
    QTest::newRow("relative") << QByteArray("home") << QByteArray() << false;
    QTest::newRow("a home") << QByteArray("/home/ann") << QByteArray() << true;
    QTest::newRow("none, but XDG_DATA_HOME") << QByteArray() << QByteArray("/srv/data") << true;
}

void tst_Config::withoutAHome()
{
    QFETCH(QByteArray, home);
    QFETCH(QByteArray, dataHome);
    QFETCH(bool, isGood);
    struct Variable
    {
        const char *name;
        QByteArray before = qgetenv(name);
        ~Variable() { before.isNull() ? qunsetenv(name) : qputenv(name, before); }
        void set(const QByteArray &value) { value.isEmpty() ? qunsetenv(name) : qputenv(name, value); }
    };
    Variable homeVariable{"HOME"};
    Variable dataVariable{"XDG_DATA_HOME"};
    homeVariable.set(home);
    dataVariable.set(dataHome);
    const auto invocation = load({QStringLiteral("rookeryd")}, {});
    QCOMPARE(bool(invocation), isGood);
    if (!isGood)
        QVERIFY2(invocation.error().detail.contains(QLatin1String("--data DIR")),
            qPrintable(invocation.error().detail));
    // Who says where needs no home.
    QVERIFY(load({QStringLiteral("rookeryd"), QStringLiteral("--data"), QStringLiteral("/srv/x")}, {}));
}

void tst_Config::placesOfKeys()
{
    const auto invocation = loadText("[tls]\ncertificate_file = 'c.pem'\n\nkey_file = '/k.pem'\n");
    QVERIFY(invocation);
    const Config &config = invocation->config;
    QCOMPARE(config.placed(QStringLiteral("tls.key_file"), QStringLiteral("It is bad.")),
        m_path + QStringLiteral(":4: tls.key_file: It is bad."));
    QCOMPARE(config.placed(QStringLiteral("server.data_directory"), QStringLiteral("It is bad.")),
        QStringLiteral("It is bad."));
}

void tst_Config::everyKindOfKeyFromAFile()
{
    const auto invocation = loadText(R"(
[server]
listen = ["http://0.0.0.0:8080", "https://[::]:8443"]
data_directory = "/var/lib/rookery"
public_name = "Krähennest"
log_level = "debug"
[storage]
url = "postgresql://rookery@[::1]:5433/chat?sslmode=verify-full"
password_file = "/run/credentials/database"
readers = 4
[tls]
certificate_file = "/etc/ssl/c.pem"
key_file = "/etc/ssl/k.pem"
[auth]
guests = true
registration = false
token_lifetime_seconds = 3_600
signing_key_file = "/run/credentials/key"
issuer = "i"
audience = "a"
[http]
allowed_origins = ["https://chat.example.org", "http://[::1]:8000"]
trusted_proxies = ["127.0.0.1", "fd00::/8"]
[rooms]
create_on_first_use = false
[limits]
header_time_ms = 5000
websocket_message_bytes = 0x8000
messages_per_second = 0
)");
    QVERIFY2(invocation, invocation ? "" : qPrintable(invocation.error().detail));
    const Config &config = invocation->config;
    QCOMPARE(urls(config),
        QStringList({QStringLiteral("http://0.0.0.0:8080"), QStringLiteral("https://[::]:8443")}));
    QCOMPARE(config.dataDirectory, QStringLiteral("/var/lib/rookery"));
    QCOMPARE(config.publicName, QStringLiteral("Kr\u00e4hennest"));
    QCOMPARE(config.logLevel, QStringLiteral("debug"));
    QCOMPARE(config.storageUrl, QStringLiteral("postgresql://rookery@[::1]:5433/chat?sslmode=verify-full"));
    QCOMPARE(config.storagePasswordFile, QStringLiteral("/run/credentials/database"));
    QCOMPARE(config.storageReaders, 4);
    QCOMPARE(config.certificateFile, QStringLiteral("/etc/ssl/c.pem"));
    QCOMPARE(config.keyFile, QStringLiteral("/etc/ssl/k.pem"));
    QCOMPARE(config.signingKeyFile, QStringLiteral("/run/credentials/key"));
    QVERIFY(config.guests);
    QVERIFY(!config.registration);
    QCOMPARE(config.tokenLifetime, 3600s);
    QCOMPARE(config.issuer, QStringLiteral("i"));
    QCOMPARE(config.audience, QStringLiteral("a"));
    QCOMPARE(config.trustedProxies, (QStringList{QStringLiteral("127.0.0.1"), QStringLiteral("fd00::/8")}));
    QCOMPARE(config.allowedOrigins,
        QStringList({QStringLiteral("https://chat.example.org"), QStringLiteral("http://[::1]:8000")}));
    QVERIFY(!config.createOnFirstUse);
    QCOMPARE(config.limits.headerTime, 5000ms);
    QCOMPARE(config.limits.websocketMessageBytes, qint64(32768));
    QCOMPARE(config.limits.messagesPerSecond, 0);
}

void tst_Config::boundsOfEveryNumber()
{
    int numbers = 0;
    for (const Key &key : keys()) {
        Config config;
        if (!std::holds_alternative<qint64>(key.get(config)))
            continue;
        ++numbers;
        // The bounds that are told are the ones that hold.
        static const QRegularExpression told(QStringLiteral("from (\\d+) to (\\d+)"));
        const auto match = told.match(*key.set(config, qint64(-1)));
        const qint64 min = match.captured(1).toLongLong();
        const qint64 max = match.captured(2).toLongLong();
        const qint64 extremes[]{-1, std::numeric_limits<qint64>::min(), std::numeric_limits<qint64>::max(),
            qint64(1) << 32, (qint64(1) << 32) + 100};
        for (const qint64 extreme : extremes) {
            if (extreme >= min && extreme <= max)
                continue; // one of the few that are counted in 64 bits
            const auto refusal = key.set(config, extreme);
            QVERIFY2(refusal, qPrintable(QStringLiteral("%1 = %2").arg(key.path()).arg(extreme)));
            QVERIFY2(refusal->startsWith(QLatin1String("must be from ")), qPrintable(*refusal));
        }
        QCOMPARE(toToml(key.get(config)), toToml(key.get(Config())));
        QVERIFY(!key.set(config, min));
        QCOMPARE(std::get<qint64>(key.get(config)), min);
        QVERIFY(key.set(config, min - 1));
        QVERIFY(!key.set(config, max));
        QCOMPARE(std::get<qint64>(key.get(config)), max);
        QVERIFY(key.set(config, max + 1));
    }
    QVERIFY(numbers > 20);
}

void tst_Config::precedence()
{
    const QByteArray text("[server]\nlisten = ['http://127.0.0.1:1']\ndata_directory = '/file'\n"
                          "[limits]\nheader_fields = 11\nhistory_page = 11\n");
    QProcessEnvironment environment;
    environment.insert(QStringLiteral("ROOKERY_SERVER_LISTEN"), QStringLiteral("http://127.0.0.1:2"));
    environment.insert(QStringLiteral("ROOKERY_SERVER_DATA_DIRECTORY"), QStringLiteral("/environment"));
    environment.insert(QStringLiteral("ROOKERY_LIMITS_HISTORY_PAGE"), QStringLiteral("22"));

    const auto two = loadText(text, {}, environment);
    QVERIFY(two);
    QCOMPARE(urls(two->config), QStringList{QStringLiteral("http://127.0.0.1:2")});
    QCOMPARE(two->config.dataDirectory, QStringLiteral("/environment"));
    QCOMPARE(two->config.limits.headerFields, 11);
    QCOMPARE(two->config.limits.historyPage, 22);
    QCOMPARE(two->config.limits.storeQueue, Limits().storeQueue);

    const auto three = loadText(text,
        {QStringLiteral("--listen=http://127.0.0.1:3"), QStringLiteral("--listen=https://127.0.0.1:4"),
            QStringLiteral("--data=/flag"), QStringLiteral("--smoke")},
        environment);
    QVERIFY(three);
    QCOMPARE(urls(three->config),
        QStringList({QStringLiteral("http://127.0.0.1:3"), QStringLiteral("https://127.0.0.1:4")}));
    QCOMPARE(three->config.dataDirectory, QStringLiteral("/flag"));
    QCOMPARE(three->action, Action::Smoke);
}

void tst_Config::relativePaths()
{
    const QString here = QDir::currentPath();
    const auto inFile = loadText("[server]\ndata_directory = '../x/./data'\n"
                                 "[tls]\ncertificate_file = 'c.pem'\nkey_file = '/k.pem'\n");
    QVERIFY(inFile);
    QCOMPARE(
        inFile->config.dataDirectory, QDir::cleanPath(m_directory.filePath(QStringLiteral("../x/data"))));
    QCOMPARE(inFile->config.certificateFile, m_directory.filePath(QStringLiteral("c.pem")));
    QCOMPARE(inFile->config.keyFile, QStringLiteral("/k.pem"));

    const auto flag = loadText("[server]\ndata_directory = 'x'\n", {QStringLiteral("--data=data")});
    QVERIFY(flag);
    QCOMPARE(flag->config.dataDirectory, here + QStringLiteral("/data"));

    QProcessEnvironment environment;
    environment.insert(QStringLiteral("ROOKERY_SERVER_DATA_DIRECTORY"), QStringLiteral("data"));
    const auto variable = loadText("", {}, environment);
    QVERIFY(variable);
    QCOMPARE(variable->config.dataDirectory, here + QStringLiteral("/data"));
}

void tst_Config::fileFromTheEnvironment()
{
    QVERIFY(loadText("[server]\npublic_name = 'of the variable'\n"));
    QProcessEnvironment environment;
    environment.insert(QStringLiteral("ROOKERY_CONFIG"), m_path);
    const auto variable = load({QStringLiteral("rookeryd")}, environment);
    QVERIFY(variable);
    QCOMPARE(variable->config.publicName, QStringLiteral("of the variable"));

    // The flag goes before it, so a variable that names no file does no harm then.
    environment.insert(QStringLiteral("ROOKERY_CONFIG"), QStringLiteral("/does/not/exist"));
    QVERIFY(!load({QStringLiteral("rookeryd")}, environment));
    QVERIFY(loadText("", {}, environment));
}

void tst_Config::goodFiles_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("comments alone") << QByteArray("# nothing\n");
    QTest::newRow("an empty section") << QByteArray("[limits]\n");
    QTest::newRow("CR LF") << QByteArray("[auth]\r\nguests = true\r\n");
    QTest::newRow("a byte order mark") << QByteArray("\xef\xbb\xbf[auth]\nguests = true\n");
    QTest::newRow("dotted keys") << QByteArray("limits.history_page = 10\nauth.guests = true\n");
    QTest::newRow("an inline table") << QByteArray("limits = { history_page = 10 }\n");
    QTest::newRow("quoted keys") << QByteArray("['auth']\n\"guests\" = true\n");
    QTest::newRow("an array over lines")
        << QByteArray("[server]\nlisten = [\n  'http://127.0.0.1:0', # one\n  'http://127.0.0.1:0',\n]\n");
    QTest::newRow("no origins") << QByteArray("[http]\nallowed_origins = []\n");
    QTest::newRow("empty paths are defaults")
        << QByteArray("[server]\ndata_directory = ''\n[tls]\ncertificate_file = ''\nkey_file = ''\n");
    QTest::newRow("both ends of a range together")
        << QByteArray("[limits]\npassword_bytes_min = 64\npassword_bytes_max = 64\n");
}

void tst_Config::goodFiles()
{
    QFETCH(QByteArray, text);
    const auto invocation = loadText(text);
    QVERIFY2(invocation, invocation ? "" : qPrintable(invocation.error().detail));
    QVERIFY(!invocation->config.dataDirectory.isEmpty());
}

void tst_Config::badFiles_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("line");
    QTest::addColumn<QString>("says");
    const auto row = [](const char *name, const QByteArray &text, int line, const char *says) {
        QTest::newRow(name) << text << line << QString::fromUtf8(says);
    };
    row("not TOML", "[server]\nlisten http\n", 2, "");
    row("an open string", "[server]\n\npublic_name = \"Rookery\n", 3, "");
    row("an open array", "[server]\nlisten = ['http://127.0.0.1:1'\n\n[auth]\n", 4, "");
    row("a key twice", "[auth]\nguests = true\nguests = false\n", 3, "");
    row("a section twice", "[auth]\n[limits]\n[auth]\n", 3, "");
    row("not UTF-8", "[server]\npublic_name = 'a\xff'\n", 2, "");
    row("U+0000", QByteArray("[server]\npublic_name = 'a\0b'\n", 28), 2, "");

    row("unknown section", "[auth]\n\n[limit]\n", 3, "no section [limit]. Did you mean 'limits'?");
    row("unknown section, like nothing", "[database]\nurl = 'x'\n", 1, "no section [database].");
    row("unknown key", "[limits]\n# a comment\nmesages_per_second = 3\n", 3,
        "no key 'mesages_per_second' in [limits]. Did you mean 'messages_per_second'?");
    row("unknown key, like nothing", "[auth]\nxyzzy = 3\n", 2, "no key 'xyzzy' in [auth].");
    row("key of another section", "[server]\nguests = true\n", 2,
        "no key 'guests' in [server]. It belongs in [auth].");
    row("key before any section", "guests = true\n", 1,
        "'guests' is before any section. It belongs in [auth].");
    row("keys have a case", "[auth]\nGuests = true\n", 2, "Did you mean 'guests'?");
    row("a section in a section", "[limits]\n[limits.inner]\nurl_bytes = 1\n", 2,
        "no key 'inner' in [limits]");
    row("an array of sections", "[[auth]]\nguests = true\n", 1,
        "'auth' must be a section, [auth], and not an array of tables");
    row("a number for a section", "auth = 1\n", 1,
        "'auth' must be a section, [auth], and not a whole number");
    row("the first of two is told", "[auth]\nzzzz = 1\naaaa = 2\n", 2, "'zzzz'");

    row("string for a flag", "[auth]\nguests = 'true'\n", 2,
        "auth.guests must be true or false, not a string");
    row("number for a flag", "[auth]\nguests = 1\n", 2, "must be true or false, not a whole number");
    row("string for a number", "[limits]\nurl_bytes = '8192'\n", 2,
        "limits.url_bytes must be a whole number, not a string");
    row("fraction for a number", "[limits]\nurl_bytes = 8192.0\n", 2, "not a number with a fraction");
    row("number for a string", "[server]\npublic_name = 7\n", 2, "server.public_name must be a string");
    row("date for a string", "[server]\npublic_name = 2026-01-01\n", 2, "not a date or time");
    row("string for an array", "[server]\nlisten = 'http://127.0.0.1:5000'\n", 2,
        "server.listen must be an array of strings, not a string");
    row("numbers in an array", "[server]\nlisten = [5000]\n", 2, "not an array of something else");
    row("a mixed array", "[http]\nallowed_origins = ['https://a', 1]\n", 2, "not an array of something else");
    row("a table for a number", "[limits]\nurl_bytes = {}\n", 2, "not a table");

    row("too small", "[limits]\n\nurl_bytes = 1\n", 3, "limits.url_bytes must be from 256 to 1048576");
    row("negative", "[limits]\nmessages_per_second = -1\n", 2, "must be from 0 to");
    row("a size of zero", "[limits]\nbody_bytes = 0\n", 2, "must be from");
    row("past 32 bits", "[limits]\nconnections = 4294967297\n", 2, "must be from 1 to");
    row("past 64 bits", "[limits]\nconnections = 99999999999999999999\n", 2, "");
    row("no listener", "[server]\nlisten = []\n", 2, "at least one URL");
    row("a listener twice", "[server]\nlisten = ['http://127.0.0.1:1', 'http://127.0.0.1:1/']\n", 2, "twice");
    row("a listener that is none", "[server]\nlisten = ['http://127.0.0.1:1', 'x']\n", 2, "holds 'x'");
    row("log level", "[server]\nlog_level = 'verbose'\n", 2, "one of debug, info, warning and error");
    row("empty name", "[server]\npublic_name = ' '\n", 2, "one line");
    row("name of two lines", "[server]\npublic_name = \"a\\nb\"\n", 2, "one line");
    row("storage that is no URL", "[storage]\nurl = 'rookery.db'\n", 2,
        "storage.url must be a URL such as postgresql://");
    row("storage of another kind", "[storage]\nurl = 'mysql://ann@host/chat'\n", 2,
        "storage.url must be a URL");
    row("empty issuer", "[auth]\nissuer = ''\n", 2, "auth.issuer must be one line");
    row("a tilde", "[server]\ndata_directory = '~/rookery'\n", 2, "'~'");
    row("U+0000 in a path", "[server]\ndata_directory = \"/a\\u0000b\"\n", 2, "U+0000");
    row("a proxy that is none", "[http]\ntrusted_proxies = ['10.0.0.0/8', 'proxy']\n", 2, "'proxy'");
    row("everybody a proxy", "[http]\ntrusted_proxies = ['0.0.0.0/0']\n", 2, "anybody");
    row("a star for an origin", "[http]\nallowed_origins = ['*']\n", 2, "'*'");

    row("certificate without key", "[tls]\n\ncertificate_file = '/c.pem'\n", 3,
        "tls.certificate_file needs tls.key_file");
    row("key without certificate", "[tls]\nkey_file = '/k.pem'\n", 2,
        "tls.key_file needs tls.certificate_file");
    row("passwords", "[limits]\npassword_bytes_min = 1024\npassword_bytes_max = 64\n", 2,
        "limits.password_bytes_min (1024) must be less than or equal to limits.password_bytes_max (64)");
    row("names", "[limits]\nuser_name_characters_min = 10\nuser_name_characters_max = 9\n", 2,
        "limits.user_name_characters_max (9)");
    row("dead before it is pinged", "[limits]\npong_timeout_ms = 30000\n", 2,
        "limits.ping_interval_ms (30000) must be less than limits.pong_timeout_ms (30000)");
}

void tst_Config::badFiles()
{
    QFETCH(QByteArray, text);
    QFETCH(int, line);
    QFETCH(QString, says);
    const auto invocation = loadText(text);
    QVERIFY(!invocation);
    const QString detail = invocation.error().detail;
    QVERIFY2(detail.startsWith(QStringLiteral("%1:%2: ").arg(m_path).arg(line)), qPrintable(detail));
    QVERIFY2(detail.contains(says), qPrintable(detail));
    QVERIFY2(detail.endsWith(u'.') || detail.endsWith(u'?'), qPrintable(detail));
    QVERIFY2(!detail.contains(u'\n'), qPrintable(detail));
}

void tst_Config::unreadableFiles()
{
    const QString missing = m_directory.filePath(QStringLiteral("missing.toml"));
    const auto none = load({QStringLiteral("rookeryd"), QStringLiteral("--config"), missing}, {});
    QVERIFY(!none);
    QVERIFY2(none.error().detail.startsWith(missing + QStringLiteral(": ")), qPrintable(none.error().detail));

    const auto directory =
        load({QStringLiteral("rookeryd"), QStringLiteral("--config"), m_directory.path()}, {});
    QVERIFY(!directory);
    QVERIFY2(directory.error().detail.startsWith(m_directory.path() + QStringLiteral(": ")),
        qPrintable(directory.error().detail));

    const auto huge = loadText(QByteArray(2 * 1024 * 1024, '#'));
    QVERIFY(!huge);
    QVERIFY2(huge.error().detail.contains(QLatin1String("1 MiB")), qPrintable(huge.error().detail));
}

void tst_Config::goodListenUrls_data()
{
    QTest::addColumn<QString>("given");
    QTest::addColumn<QString>("normal");
    const auto row = [](const char *given, const char *normal) {
        QTest::newRow(given) << QString::fromLatin1(given) << QString::fromLatin1(normal);
    };
    row("http://127.0.0.1:5000", "http://127.0.0.1:5000");
    row("http://127.0.0.1", "http://127.0.0.1:5000");
    row("https://0.0.0.0:0", "https://0.0.0.0:0");
    row("http://[::]:65535", "http://[::]:65535");
    row("HTTP://[::1]:80/", "http://[::1]:80");
    row("http://LOCALHOST:1", "http://localhost:1");
    row("https://[fe80::1%25lo]:1", "https://[fe80::1%25lo]:1");
    row("unix:/run/rookery/rookeryd.sock", "unix:/run/rookery/rookeryd.sock");
}

void tst_Config::goodListenUrls()
{
    QFETCH(QString, given);
    QFETCH(QString, normal);
    const auto invocation =
        load({QStringLiteral("rookeryd"), QStringLiteral("--listen"), given}, QProcessEnvironment());
    QVERIFY2(invocation, invocation ? "" : qPrintable(invocation.error().detail));
    QCOMPARE(invocation->config.listen, QList<QUrl>{QUrl(normal)});
    QVERIFY(normal.startsWith(QLatin1String("unix:")) || invocation->config.listen.first().port() >= 0);
}

void tst_Config::badListenUrls_data()
{
    QTest::addColumn<QString>("url");
    for (const char *url :
        {"127.0.0.1:5000", "5000", ":5000", "localhost", "http:", "http://", "http://:5000", "http:127.0.0.1",
            "ws://127.0.0.1:5000", "ftp://127.0.0.1:5000", "//127.0.0.1:5000", "http://127.0.0.1:65536",
            "http://127.0.0.1:-1", "http://127.0.0.1:x", "http://example.org:5000", "http://*:5000",
            "http://::1:5000", "http://[::1:5000", "http://[localhost]:5000", "http://127.0.0.1:5000/chat",
            "http://127.0.0.1:5000?a", "http://127.0.0.1:5000/#a", "http://user@127.0.0.1:5000",
            "http://user:pw@127.0.0.1:5000", "http://127.0.0.1 :5000",
            "http://127.0.0.1:5000,http://127.0.0.1:5001", "http://1.2.3.4.5:5000", "http://256.0.0.1:5000",
            "unix:", "unix:/", "unix:rookeryd.sock", "unix://rookeryd.sock", "unix:/run/", "unix:/a?b"})
        QTest::newRow(url) << QString::fromLatin1(url);
}

void tst_Config::badListenUrls()
{
    QFETCH(QString, url);
    const auto invocation =
        load({QStringLiteral("rookeryd"), QStringLiteral("--listen=") + url}, QProcessEnvironment());
    QVERIFY(!invocation);
    QVERIFY2(invocation.error().detail.startsWith(QLatin1String("--listen: server.listen holds '") + url),
        qPrintable(invocation.error().detail));
}

void tst_Config::portsOutOfRange()
{
    for (const char *url :
        {"http://127.0.0.1:65536", "https://[::1]:99999", "http://localhost:123456789012345/"}) {
        const auto invocation =
            load({QStringLiteral("rookeryd"), QStringLiteral("--listen=") + QLatin1String(url)}, {});
        QVERIFY(!invocation);
        QVERIFY2(invocation.error().detail.contains(
                     QLatin1String("has a port out of range: it must be from 0 to 65535")),
            qPrintable(invocation.error().detail));
    }
    for (const char *origin : {"https://chat.example.org:65536", "capacitor://localhost:99999"}) {
        const auto invocation =
            loadText(QByteArray("[http]\nallowed_origins = ['") + origin + QByteArray("']\n"));
        QVERIFY2(!invocation, origin);
        QVERIFY2(invocation.error().detail.contains(
                     QLatin1String("whose port is out of range: it must be from 1 to 65535")),
            qPrintable(invocation.error().detail));
    }
}

void tst_Config::badFlags()
{
    const auto unknown = load({QStringLiteral("rookeryd"), QStringLiteral("--verbose")}, {});
    QVERIFY(!unknown);
    QVERIFY(unknown.error().detail.contains(QLatin1String("--verbose")));
    const auto tilde = load({QStringLiteral("rookeryd"), QStringLiteral("--data=~/x")}, {});
    QVERIFY(!tilde);
    QVERIFY2(tilde.error().detail.startsWith(QLatin1String("--data: ")), qPrintable(tilde.error().detail));
}

void tst_Config::allowedOrigins_data()
{
    QTest::addColumn<QString>("origin");
    QTest::addColumn<bool>("good");
    const auto row = [](const char *origin, bool good) {
        QTest::newRow(origin) << QString::fromUtf8(origin) << good;
    };
    row("https://chat.example.org", true);
    row("http://localhost:3000", true);
    row("http://127.0.0.1", true);
    row("http://[::1]:3000", true);
    row("https://xn--krhennest-v2a.example", true);
    row("https://chat.example.org/", false);
    row("https://chat.example.org/app", false);
    row("https://chat.example.org?x", false);
    row("https://user@chat.example.org", false);
    row("https://Chat.example.org", false);
    row("HTTPS://chat.example.org", false);
    row("https://*.example.org", false);
    row("https://", false);
    row("https://chat.example.org:0", false);
    row("https://chat.example.org:65536", false);
    row("chat.example.org", false);
    row("ws://chat.example.org", false);
    row("file://", true);
    row("null", true);
    row("capacitor://localhost", true);
    row("tauri://localhost", true);
    row("ionic://localhost", true);
    row("chrome-extension://abcdefghijklmnop", true);
    row("capacitor://localhost/", false);
    row("capacitor://", false);
    row("capacitor://*", false);
    row("capacitor://a b", false);
    row("file:///home", false);
    row("data://x", false);
    row("javascript://x", false);
    row("*", false);
    row("", false);
}

void tst_Config::allowedOrigins()
{
    QFETCH(QString, origin);
    QFETCH(bool, good);
    const auto invocation = loadText("[http]\nallowed_origins = ['" + origin.toUtf8() + "']\n");
    QVERIFY2(bool(invocation) == good, invocation ? "taken" : qPrintable(invocation.error().detail));
    if (good)
        QCOMPARE(invocation->config.allowedOrigins, QStringList{origin});
}

void tst_Config::helpNeedsNoGoodConfiguration()
{
    const QStringList wanted{QStringLiteral("--help"), QStringLiteral("--version")};
    for (const QString &flag : wanted) {
        const auto invocation = loadText("this is not TOML", {flag});
        QVERIFY(invocation);
        QVERIFY(invocation->action == Action::ShowHelp || invocation->action == Action::ShowVersion);
    }
    QVERIFY(!loadText("this is not TOML", {QStringLiteral("--check-config")}));
}

QTEST_GUILESS_MAIN(tst_Config)
#include "tst_config.moc"
