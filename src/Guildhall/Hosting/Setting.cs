using Guildhall.Memberships;

namespace Guildhall.Hosting;

/// <summary>A setting of <c>guildhall serve</c>, and the three places to set it; a later one wins: file, environment, command line.</summary>
/// <param name="Key">Its place in the configuration file; a dot stands for nesting.</param>
/// <param name="Meaning">For <c>--help</c> and docs/operating.md.</param>
/// <param name="Example">A value that would do, as it is written on the command line.</param>
internal sealed record Setting(string Key, string Meaning, string Example)
{
    public static readonly Setting Urls = new("urls", "Where to listen: http:// or https://, host and port; several separated by ';'. Required.", "https://0.0.0.0:8443");
    public static readonly Setting Store = new("store", "The register: a SQLite file, or a PostgreSQL connection string. Required.", "/var/lib/guildhall/guildhall.db");
    public static readonly Setting Network = new("network", "What memberships are made true on: 'register' touches no channel, whoever runs it follows the register by hand; 'fabric' changes the channels of services that are attached to their networks; 'emulated' imitates channels that do what they are asked, for trying programs out. Required.", "register");
    public static readonly Setting StoreKeyFile = new("store.key_file", "A file with the key that the secrets in the store are sealed with: 32 bytes in base64 or hexadecimal, readable by the service alone; below it, earlier ones that still open. Default with SQLite: a file beside the store, with .key behind its name, which the first start makes. Required with PostgreSQL, the same for every replica, unless store.key_program is set.", "/etc/guildhall/store.key");
    public static readonly Setting StoreKeyProgram = new("store.key_program", "A program that wraps and unwraps the store's key in front of a KMS or a vault, in place of a file; docs/operating.md has its contract.", "/usr/local/bin/guildhall-key");
    public static readonly Setting StoreKeyProgramEnvironment = new("store.key_program_environment", "The environment variables that the program of store.key_program is handed beside PATH, HOME, LANG, LC_ALL, TZ and TMPDIR, separated by ';'; an asterisk at the end stands for all that begin so. Default: GUILDHALL_KEY_PROGRAM_*.", "VAULT_ADDR;VAULT_TOKEN");
    public static readonly Setting FabricKeyFile = new("fabric.key_file", "An older name of store.key_file.", "/etc/guildhall/fabric.key");
    public static readonly Setting FabricSigner = new("fabric.signer", "A program that signs with keys that are not in the store, such as one in front of an HSM; docs/fabric-keys.md has its contract.", "/usr/local/bin/guildhall-signer");
    public static readonly Setting FabricSignerEnvironment = new("fabric.signer_environment", "The environment variables that the program of fabric.signer is handed beside PATH, HOME, LANG, LC_ALL, TZ and TMPDIR, separated by ';'; an asterisk at the end stands for all that begin so. Default: PKCS11_*;SOFTHSM2_CONF;GUILDHALL_SIGNER_*.", "PKCS11_*;VAULT_ADDR");
    public static readonly Setting FabricWatchSeconds = new("fabric.watch_seconds", "Every how many seconds each attached channel is held against the register, with network 'fabric'. 0 for never. Default: 300.", "300");
    public static readonly Setting FabricDestinations = new("fabric.destinations", "Where the nodes of tenants' networks may be: public, private, shared (100.64.0.0/10), loopback, link-local, or networks such as 10.1.0.0/16, separated by ';'. A lab on one machine opens loopback. Default: public;private.", "public;private;loopback");
    public static readonly Setting FabricBlockMegabytes = new("fabric.block_megabytes", "The most megabytes of a channel's block, 1 to 100. Three times four times as many may be in memory while channels are read. Default: 16.", "16");
    public static readonly Setting Certificate = new("tls.certificate", "The certificate for https addresses: a PEM file with its issuers behind it, or a PFX file.", "/etc/guildhall/tls.pem");
    public static readonly Setting CertificateKey = new("tls.key", "The private key of a PEM certificate: a PEM file without a password.", "/etc/guildhall/tls.key");
    public static readonly Setting CertificatePassword = new("tls.password_file", "A file that holds the password of a PFX certificate, on its first line.", "/etc/guildhall/tls.password");
    public static readonly Setting AllowPlainHttp = new("allow_plain_http", "true lets http:// addresses listen beyond loopback, where passwords and tokens travel readable.", "true");
    public static readonly Setting TrustedProxies = new("trusted_proxies", "Proxies in front, as addresses or networks separated by ';'. Only from these X-Forwarded-For and X-Forwarded-Proto are believed, so that failed logins are slowed per caller and not per proxy.", "127.0.0.1;10.0.0.0/24");
    public static readonly Setting OperatorAccount = new("console.operator_account", "The account whose administrators see and manage all accounts, projects and users in the console. Nobody by default.", "guild-office");
    public static readonly Setting LogLevel = new("log_level", "The least that is logged: debug, information, warning or error. Default: information.", "warning");
    public static readonly Setting TracingEndpoint = new("tracing.endpoint", "A collector that is sent traces: the base address of its OTLP over HTTP. Nobody by default.", "http://127.0.0.1:4318");
    public static readonly Setting TracingPercent = new("tracing.percent", "Of a hundred requests, how many are traced where the caller's traceparent does not say. Default: 10.", "100");
    public static readonly Setting DrainSeconds = new("drain_seconds", "How long requests in flight may take to finish when the service stops. Default: 30.", "30");
    public static readonly Setting InviteeName = new("wire.invitee_name", "true sends the invitee's name in ListNotifications, which typed official SDKs fail on. Default: false.", "true");
    public static readonly Setting RequestsAtWork = new("limits.requests_at_work", $"Requests at work at once; further ones are answered with 503. Default: {LoadLimits.RequestsPerProcessor} per processor.", "256");
    public static readonly Setting Connections = new("limits.connections", "Open connections; further ones are closed at once. Default: 4096.", "4096");
    public static readonly Setting ConnectionsPerAddress = new("limits.connections_per_address", "Open connections of one address, or of one IPv6 network of 64 bits; further ones are closed at once. Trusted proxies are not limited. Default: 256.", "64");
    public static readonly Setting RequestsPerAddress = new("limits.requests_per_address", "Requests of one address that are open at once, over all its connections and until their answers are read; further ones are refused. Default: 512.", "128");
    public static readonly Setting LongAnswers = new("limits.long_answers", "Long lists that are being sent at once, a quarter of them to one account; further ones are answered with 503, or 429. Default: 64.", "64");
    public static readonly Setting RequestsPerSecond = new("limits.requests_per_second", "Requests of one account per second, in each replica; further ones are answered with 429. 0 for no limit. Default: 0.", "50");
    public static readonly Setting RequestBurst = new("limits.request_burst", "Requests that an account may send at once after a rest. Default: those of one second.", "100");
    public static readonly Setting LooksAtOnce = new("limits.looks_at_once", "Looks at the nodes of tenants' networks at once that somebody waits for, in each replica; one account has at most a quarter of them. Default: 16.", "16");
    public static readonly Setting LooksPerMinute = new("limits.looks_per_minute", "Looks of one account at nodes per minute, of ten nodes each, in each replica; further ones are answered with 429. 0 for no limit. Default: 30.", "30");
    public static readonly Setting Services = new("limits.services", "Services per project. Default: 5.", "5");
    public static readonly Setting InviteesPerCall = new("limits.invitees_per_call", "Accounts in one call that invites or deletes. Default: 1000.", "1000");
    public static readonly Setting ItemsPerList = new("limits.items_per_list", "Items of every other list in a request. Default: 100.", "100");
    public static readonly Setting InvitationsPerDay = new("limits.invitations_per_day", $"Invitations of one account to one other within 24 hours, whatever became of them; further ones are answered with 429. 0 for no limit. Default: {Quotas.Ordinary.InvitationsPerDay}.", "100");
    public static readonly Setting OpenInvitationsPerInviter = new("limits.open_invitations_per_inviter", $"Invitations of one account that wait for an answer of one other. 0 for no limit. Default: {Quotas.Ordinary.OpenInvitationsPerInviter}.", "50");
    public static readonly Setting OpenInvitations = new("limits.open_invitations", $"Invitations that wait for an answer of one account; beyond it, an inviter may still have {InvitationQuotas.Reserved}. 0 for no limit. Default: {Quotas.Ordinary.OpenInvitations}.", "500");
    public static readonly Setting WritesPerHour = new("limits.writes_per_hour", $"Records that the writes of one account may add per hour, in each replica; further ones are answered with 429. 0 for no limit. Default: {Quotas.Ordinary.WritesPerHour}.", "3600");
    public static readonly Setting WriteBurst = new("limits.write_burst", $"Records that an account may add at once after a rest. Default: {Quotas.Ordinary.WriteBurst}.", "10000");
    public static readonly Setting IdempotencyKeys = new("limits.idempotency_keys", $"Idempotency keys of one account within 24 hours; further ones are answered with 429. 0 for no limit. Default: {Quotas.Ordinary.IdempotencyKeys}.", "10000");
    public static readonly Setting TokensPerUser = new("limits.tokens_per_user", $"Tokens of one user; a further one ends the oldest. 0 for no limit. Default: {Quotas.Ordinary.TokensPerUser}.", "1000");
    public static readonly EditionSettings Basic = new("basic", members: 0, channels: 1, peers: 1);
    public static readonly EditionSettings Professional = new("professional", members: 40, channels: 2, peers: 2);
    public static readonly EditionSettings Enterprise = new("enterprise", members: 40, channels: 4, peers: 2);

    /// <summary>Every setting there is.</summary>
    public static IReadOnlyList<Setting> All { get; } =
    [
        Urls, Store, StoreKeyFile, StoreKeyProgram, StoreKeyProgramEnvironment, Network, FabricKeyFile, FabricSigner, FabricSignerEnvironment, FabricWatchSeconds, FabricDestinations, FabricBlockMegabytes,
        Certificate, CertificateKey, CertificatePassword, AllowPlainHttp, TrustedProxies, OperatorAccount, LogLevel, TracingEndpoint, TracingPercent, DrainSeconds, InviteeName,
        RequestsAtWork, Connections, ConnectionsPerAddress, RequestsPerAddress, LongAnswers, RequestsPerSecond, RequestBurst,
        LooksAtOnce, LooksPerMinute, Services, InviteesPerCall, ItemsPerList,
        InvitationsPerDay, OpenInvitationsPerInviter, OpenInvitations, WritesPerHour, WriteBurst, IdempotencyKeys, TokensPerUser,
        .. Basic.All, .. Professional.All, .. Enterprise.All,
    ];

    public string Variable => "GUILDHALL_" + Key.Replace(".", "__").ToUpperInvariant();

    public string Option => "--" + Key.Replace('.', '-').Replace('_', '-');

    /// <summary>A complaint that names the setting, the places to set it, and a value that would do.</summary>
    public string Complaint(string wrong) =>
        $"{Key}: {wrong}\n    Set it with {Option} {Example}, with {Variable} in the environment, or as {InFile} in the configuration file.";

    /// <summary>The example as the file has it: <c>{ "limits": { "services": 5 } }</c>. What is nested in a setting that has a value itself is written with its dot.</summary>
    private string InFile
    {
        get
        {
            var value = Example is "true" || Example.All(char.IsAsciiDigit) ? Example : $"\"{Example}\"";
            return (Key.StartsWith(Store.Key + '.', StringComparison.Ordinal) ? [Key] : Key.Split('.').Reverse()).Aggregate(value, (inner, name) => $"{{ \"{name}\": {inner} }}");
        }
    }
}

/// <summary>The limits of one edition.</summary>
internal sealed class EditionSettings(string edition, int members, int channels, int peers)
{
    public Setting Members { get; } = new($"limits.{edition}.members", $"Invited and joined accounts per {edition} service. Default: {members}.", "40");

    public Setting Channels { get; } = new($"limits.{edition}.channels", $"Channels per {edition} service. Default: {channels}.", "4");

    public Setting Peers { get; } = new($"limits.{edition}.peers_per_organization", $"Peers per organization of {(edition == "enterprise" ? "an" : "a")} {edition} service. Default: {peers}.", "2");

    public IEnumerable<Setting> All => [Members, Channels, Peers];
}
