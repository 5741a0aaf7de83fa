using Guildhall.Hosting;
using Guildhall.Services;

namespace Guildhall.Tests.Hosting;

public sealed class ServeSettingsTests
{
    private static readonly string[] Enough = ["--urls=http://127.0.0.1:8080", "--store=guildhall.db", "--network=register"];

    [Theory]
    [InlineData("--urls=", "urls: it is not set")]
    [InlineData("--urls=8080", "urls: 8080 is not an address")]
    [InlineData("--urls=http://127.0.0.1:8080/base", "urls: http://127.0.0.1:8080/base may have scheme, host and port")]
    [InlineData("--urls=http://127.0.0.1:99999", "urls: http://127.0.0.1:99999 is not an address")]
    [InlineData("--urls=http://localhost:0", "urls: http://localhost:0 asks for a free port, which takes an address")]
    [InlineData("--urls=http://0.0.0.0:8080", "allow_plain_http: http://0.0.0.0:8080 would send passwords and tokens readable")]
    [InlineData("--urls=http://*:8080", "allow_plain_http: http://*:8080 would send")]
    [InlineData("--urls=http://127.0.0.1:1;http://guild.example:2", "allow_plain_http: http://guild.example:2 would send")]
    [InlineData("--urls=https://0.0.0.0:8443", "tls.certificate: it is not set, and https://0.0.0.0:8443 cannot be served")]
    [InlineData("--store=", "store: it is not set")]
    [InlineData("--store=/no/such/folder/guildhall.db", "store: the folder /no/such/folder does not exist")]
    [InlineData("--store=Host=x;Pasword=secret", "store: with an '=' in it, it is a PostgreSQL connection string")]
    [InlineData("--network=", "network: it is not set")]
    [InlineData("--network=ledger", "network: it must be register or fabric or emulated, not ledger")]
    [InlineData("--fabric-key-file=/no/such.key", "fabric.key_file: it cannot be read: Could not find a part of the path '/no/such.key'")]
    [InlineData("--store=Host=x", "store.key_file: it is not set. A store in PostgreSQL needs a key that is not in it")]
    [InlineData("--store-key-file=/no/such.key", "store.key_file: it cannot be read: Could not find a part of the path '/no/such.key'")]
    [InlineData("--store-key-program=kms", "store.key_program: kms is not the full path of a program that is there")]
    [InlineData("--fabric-signer-environment=PKCS11_*;A B", "fabric.signer_environment: A B is not the name of an environment variable")]
    [InlineData("--fabric-signer-environment=*", "fabric.signer_environment: * is not the name of an environment variable")]
    [InlineData("--fabric-signer=sign", "fabric.signer: sign is not the full path of a program that is there")]
    [InlineData("--fabric-signer=/etc/passwd", "fabric.signer: /etc/passwd may not be executed")]
    [InlineData("--fabric-destinations=public;lan", "fabric.destinations: lan is neither link-local nor loopback nor private nor public nor shared nor a network")]
    [InlineData("--fabric-block-megabytes=101", "fabric.block_megabytes: it must be a whole number from 1 to 100, not 101")]
    [InlineData("--limits-looks-at-once=0", "limits.looks_at_once: it must be a whole number from 1")]
    [InlineData("--allow-plain-http=yes", "allow_plain_http: it must be true or false, not yes")]
    [InlineData("--log-level=verbose", "log_level: it must be debug or information or warning or error, not verbose")]
    [InlineData("--drain-seconds=-1", "drain_seconds: it must be a whole number from 0 to 3600, not -1")]
    [InlineData("--limits-services=0", "limits.services: it must be a whole number from 1")]
    [InlineData("--limits-requests-at-work=0", "limits.requests_at_work: it must be a whole number from 1")]
    [InlineData("--limits-request-burst=0", "limits.request_burst: it must be a whole number from 1")]
    [InlineData("--tracing-endpoint=127.0.0.1:4318", "tracing.endpoint: 127.0.0.1:4318 is not an address")]
    [InlineData("--tracing-percent=101", "tracing.percent: it must be a whole number from 0 to 100")]
    [InlineData("--limits-enterprise-members=many", "limits.enterprise.members: it must be a whole number from 0")]
    [InlineData("--wire-invitee-name=1", "wire.invitee_name: it must be true or false, not 1")]
    [InlineData("--tls-certificate=/no/such.pem", "tls.key: it is not set, and neither is tls.password_file")]
    public void What_is_wrong_is_told_with_the_places_to_set_it(string option, string complaint)
    {
        var refused = Assert.Throws<OperatorException>(() => Read([.. Enough, option]));

        Assert.Contains("\n  " + complaint, refused.Message);
        Assert.Contains("Set it with --", refused.Message);
        Assert.Contains("GUILDHALL_", refused.Message);
        Assert.DoesNotContain("secret", refused.Message);
    }

    [Theory]
    [InlineData("""{ "stroe": "guildhall.db" }""", "stroe: there is no such setting (is store meant?)")]
    [InlineData("""{ "limits": { "profesional": { "members": 3 } } }""", "limits.profesional: there is no such setting (is limits.professional.members meant?)")]
    [InlineData("""{ "Urls": "http://127.0.0.1:1" }""", "Urls: there is no such setting")]
    [InlineData("""{ "urls": { "a": 1 } }""", "urls: a text, number, true or false is needed")]
    [InlineData("""{ "limits": 5 }""", "limits: there is no such setting")]
    [InlineData("""["urls"]""", "must hold a JSON object")]
    [InlineData("{ \"urls\": \"a\", \"urls\": \"b\" }", "is not JSON")]
    [InlineData("urls = 5", "is not JSON")]
    public void A_configuration_file_with_a_mistake_in_it_is_refused(string json, string complaint)
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("guildhall.json", json);

        Assert.Contains(complaint, Assert.Throws<OperatorException>(() => Read(Enough, file: file)).Message);
    }

    [Fact]
    public void A_missing_configuration_file_is_told() =>
        Assert.Contains("The configuration file cannot be read", Assert.Throws<OperatorException>(() => Read(Enough, file: "/no/such/guildhall.json")).Message);

    [Fact]
    public void Everything_that_is_wrong_is_told_at_once()
    {
        var refused = Assert.Throws<OperatorException>(() => Read([]));

        Assert.All((string[])["urls", "store", "network"], key => Assert.Contains($"\n  {key}: it is not set", refused.Message));
    }

    [Fact]
    public void The_command_line_wins_over_the_environment_and_the_environment_over_the_file()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("guildhall.json", """
            {
              // Comments and a last comma are fine.
              "urls": ["http://127.0.0.1:1", "http://127.0.0.1:2"],
              "limits": { "professional": { "members": 1, "channels": 1, "peers_per_organization": 1 } },
              "wire": { "invitee_name": true },
              "drain_seconds": 5,
            }
            """);
        var environment = new Dictionary<string, string>
        {
            ["GUILDHALL_LIMITS__PROFESSIONAL__CHANNELS"] = "2",
            ["GUILDHALL_LIMITS__PROFESSIONAL__PEERS_PER_ORGANIZATION"] = "2",
        };

        var settings = Read(["--store=guildhall.db", "--network=register", "--limits-professional-peers-per-organization=3"], environment, file);

        Assert.Equal(["http://127.0.0.1:1", "http://127.0.0.1:2"], settings.Server.Urls);
        Assert.Equal(new EditionLimits(Members: 1, Channels: 2, PeersPerOrganization: 3), settings.Server.Limits.Professional);
        Assert.True(settings.Server.Wire.InviteeName);
        Assert.Equal(TimeSpan.FromSeconds(5), settings.Server.DrainTimeout);
    }

    [Fact]
    public void What_is_not_set_is_ordinary()
    {
        var settings = Read(Enough);

        Assert.Equal(new Limits(), settings.Server.Limits);
        Assert.Equal(new LoadLimits(), settings.Server.Load);
        Assert.Null(settings.Tracing);
        Assert.Equal(new WireOptions(), settings.Server.Wire);
        Assert.Equal(LogLevel.Information, settings.LogLevel);
        Assert.Equal(TimeSpan.FromSeconds(30), settings.Server.DrainTimeout);
    }

    [Theory]
    [InlineData("http://localhost:8080")]
    [InlineData("http://127.0.0.2:8080")]
    [InlineData("http://[::1]:8080")]
    public void Plain_http_is_served_on_loopback(string url) => Assert.Equal([url], Read([.. Enough, $"--urls={url}"]).Server.Urls);

    [Fact]
    public void Plain_http_is_served_elsewhere_where_that_is_allowed() =>
        Assert.Equal(["http://0.0.0.0:8080"], Read([.. Enough, "--urls=http://0.0.0.0:8080", "--allow-plain-http=true"]).Server.Urls);

    [Theory]
    [InlineData("register", NetworkKind.Register)]
    [InlineData("fabric", NetworkKind.Fabric)]
    [InlineData("emulated", NetworkKind.Emulated)]
    public void Channels_are_of_the_kind_that_is_named(string name, object kind) => Assert.Equal(kind, Read([.. Enough, $"--network={name}"]).Network);

    [Theory]
    [InlineData("store.key", "--store-key-file={0}", "600", null)]
    [InlineData("store.key", "--store-key-file={0}", "640", null)]
    [InlineData("store.key", "--store-key-file={0}", "644", "store.key_file: {0} can be read by everybody or written by its group; take that away with chmod 600 (or 640)")]
    [InlineData("store.key", "--store-key-file={0}", "660", "store.key_file: {0} can be read by everybody or written by its group")]
    [InlineData("store.key", "--fabric-key-file={0}", "604", "fabric.key_file: {0} can be read by everybody or written by its group")]
    [InlineData("tls.key", "--tls-certificate=/no/such.pem;--tls-key={0}", "644", "tls.key: {0} can be read by everybody or written by its group")]
    [InlineData("tls.password", "--tls-certificate=/no/such.pfx;--tls-password-file={0}", "644", "tls.password_file: {0} can be read by everybody or written by its group")]
    [InlineData("with-password.json", "", "640", null)]
    [InlineData("with-password.json", "", "644", "The configuration file {0} can be read by everybody or written by its group")]
    [InlineData("without.json", "", "644", null)]
    [InlineData("without.json", "", "666", "The configuration file {0} can be written by others than its owner; take that away with chmod go-w")]
    public void Files_with_secrets_are_for_their_owner_and_its_group_alone(string name, string options, string mode, string? complaint)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "modes are those of Unix");
        using var folder = new TemporaryFolder();
        var path = folder.Write(name, name switch
        {
            "store.key" => TestKeys.Text,
            "with-password.json" => $$"""{ "urls": "http://127.0.0.1:1", "store": "Host=db;Password=hidden", "store.key_file": "{{TestKeys.File}}", "network": "register" }""",
            "without.json" => """{ "urls": "http://127.0.0.1:1", "store": "guildhall.db", "network": "register" }""",
            _ => "text",
        });
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32(mode, 8));
        }

        string[] given = [.. options.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(option => string.Format(null, option, path))];
        void Start() => Read(name.EndsWith(".json", StringComparison.Ordinal) ? [] : [.. Enough, .. given], file: name.EndsWith(".json", StringComparison.Ordinal) ? path : null);

        if (complaint is null)
        {
            Start();
        }
        else
        {
            Assert.Contains(string.Format(null, complaint, path), Assert.Throws<OperatorException>(Start).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_key_file_has_one_name()
    {
        using var folder = new TemporaryFolder();
        var (one, other) = (folder.WritePrivate("one.key", TestKeys.Text), folder.WritePrivate("other.key", TestKeys.Text));

        var refused = Assert.Throws<OperatorException>(() => Read([.. Enough, $"--store-key-file={one}", $"--fabric-key-file={other}"]));

        Assert.Contains($"store.key_file: it names {one}, and its older name fabric.key_file names {other}; set one of them.", refused.Message, StringComparison.Ordinal);
        Read([.. Enough, $"--store-key-file={one}", $"--fabric-key-file={one}"]);
        Read([.. Enough, $"--fabric-key-file={one}"]);
    }

    [Fact]
    public void The_operators_page_lists_every_setting()
    {
        var table = string.Join('\n', Setting.All.Select(setting => $"| `{setting.Key}` | {setting.Meaning} | `{setting.Example}` |"));

        Assert.Contains($"\n{table}\n", File.ReadAllText(Path.Combine(RepositoryFolder(), "docs", "operating.md")));
    }

    private static string RepositoryFolder([System.Runtime.CompilerServices.CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(here, "..", "..", "..", ".."));

    /// <param name="options">Each as <c>--name=value</c>; the last of a name counts.</param>
    private static ServeSettings Read(string[] options, Dictionary<string, string>? environment = null, string? file = null)
    {
        var values = options.Select(option => option.Split('=', 2)).GroupBy(parts => parts[0]).ToDictionary(same => same.Key, same => same.Last()[1]);
        return ServeSettings.Read(file, name => environment?.GetValueOrDefault(name), values.GetValueOrDefault);
    }
}
