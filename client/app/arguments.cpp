// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/app/arguments.h"

#include "client/settings/settings.h"

#include <QCommandLineParser>
#include <QUrl>

namespace rookery::client {

namespace {

Error wrong(const QString &sentence)
{
    return Error{ErrorCode::InvalidRequest, sentence};
}

} // namespace

Result<Arguments> parseArguments(const QStringList &arguments)
{
    QCommandLineParser parser;
    const QCommandLineOption server(QStringLiteral("server"), {}, QStringLiteral("URL"));
    const QCommandLineOption user(QStringLiteral("user"), {}, QStringLiteral("NAME"));
    const QCommandLineOption profile(QStringLiteral("profile"), {}, QStringLiteral("NAME"));
    const QCommandLineOption version(QStringList{QStringLiteral("v"), QStringLiteral("version")});
    const QCommandLineOption help(QStringList{QStringLiteral("h"), QStringLiteral("help")});
    parser.addOptions({server, user, profile, version, help});
    // The parser takes the first one for the program's name.
    if (!parser.parse(QStringList(QStringLiteral("rookery")) + arguments))
        return wrong(parser.errorText());
    if (!parser.positionalArguments().isEmpty())
        return wrong(QStringLiteral("'%1' is not an argument of rookery.")
                         .arg(parser.positionalArguments().constFirst()));

    Arguments result;
    result.version = parser.isSet(version);
    result.help = parser.isSet(help);
    result.userName = parser.value(user);
    result.server = parser.value(server);
    result.profile = parser.value(profile);
    if (parser.isSet(server)) {
        const qsizetype scheme = result.server.indexOf(QLatin1String("://"));
        const QUrl url(
            scheme < 0 ? QStringLiteral("http://") + result.server : result.server, QUrl::StrictMode);
        if (!url.isValid() || url.host().isEmpty())
            return wrong(
                QStringLiteral("'%1' is not the address of a server; try --server http://127.0.0.1:5000.")
                    .arg(result.server));
        if (url.scheme() != QLatin1String("http") && url.scheme() != QLatin1String("https"))
            return wrong(QStringLiteral("A server's address starts with http:// or https://, not with %1://.")
                             .arg(url.scheme()));
    }
    if (parser.isSet(profile) && !Settings::isProfileName(result.profile))
        return wrong(QStringLiteral("A profile's name has 1 to 32 letters, digits, '-' or '_'."));
    return result;
}

QString helpText()
{
    return QStringLiteral(
        "Usage: rookery [options]\n"
        "The desktop client of Rookery.\n\n"
        "  --server URL     the server to log in to\n"
        "  --user NAME      the user to log in as\n"
        "  --profile NAME   settings and messages of their own, to run several side by side\n"
        "  -v, --version    print the version\n"
        "  -h, --help       print this\n");
}

} // namespace rookery::client
