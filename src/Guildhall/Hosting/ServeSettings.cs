using Guildhall.Identity;
using Guildhall.Outbox;
using Guildhall.Sealing;
using Npgsql;

namespace Guildhall.Hosting;

/// <summary>The validated configuration of <c>guildhall serve</c>.</summary>
/// <param name="Store">As <see cref="Storage.Store.Open"/> takes it.</param>
/// <param name="Keys">With which the store's secrets are sealed.</param>
internal sealed record ServeSettings(ServerSettings Server, string Store, StoreKeys Keys, NetworkKind Network, LogLevel LogLevel, TracingSettings? Tracing)
{
    private static readonly Dictionary<string, NetworkKind> Networks =
        new() { ["register"] = NetworkKind.Register, ["fabric"] = NetworkKind.Fabric, ["emulated"] = NetworkKind.Emulated };

    private static readonly Dictionary<string, LogLevel> Levels = new()
    {
        ["debug"] = LogLevel.Debug,
        ["information"] = LogLevel.Information,
        ["warning"] = LogLevel.Warning,
        ["error"] = LogLevel.Error,
    };

    /// <summary>Reads every setting from its places.</summary>
    /// <exception cref="OperatorException">Something is missing or wrong; all of it is told.</exception>
    public static ServeSettings Read(string? file, Func<string, string?> environment, Func<string, string?> option)
    {
        var complaints = new List<string>();
        var values = file is null ? [] : SettingsFile.Read(file, complaints);
        var reader = new SettingsReader(values, environment, option, complaints);
        var store = ReadStore(reader, complaints);
        var network = reader.Required(Setting.Network).Length > 0 ? reader.Choice(Setting.Network, NetworkKind.Register, Networks) : NetworkKind.Register;
        var settings = new ServeSettings(
            new ServerSettings
            {
                Urls = ListenAddresses.Read(reader, complaints),
                Limits = reader.Limits(),
                Quotas = reader.Quotas(),
                Load = reader.LoadLimits(),
                Looks = reader.LookLimits(),
                Wire = new WireOptions { InviteeName = reader.Flag(Setting.InviteeName) },
                TrustedProxies = reader.Networks(Setting.TrustedProxies),
                Certificates = Certificates.Read(reader, complaints),
                Fabric = NetworkSettingsReader.Read(reader) with { ChangesChannels = network == NetworkKind.Fabric },
                Operators = new Operators(reader.Text(Setting.OperatorAccount)),
                Watch = new WatchSettings(reader.Number(Setting.FabricWatchSeconds, otherwise: 300, min: 0, max: 86400) is var seconds and > 0 ? TimeSpan.FromSeconds(seconds) : null),
                DrainTimeout = TimeSpan.FromSeconds(reader.Number(Setting.DrainSeconds, otherwise: 30, min: 0, max: 3600)),
            },
            store,
            StoreKeysReader.Read(reader, store, isRequired: true, complaints),
            network,
            reader.Choice(Setting.LogLevel, LogLevel.Information, Levels),
            TracingSettings.Read(reader, complaints));
        return complaints.Count == 0
            ? settings
            : throw new OperatorException($"The configuration is not complete or not right:\n  {string.Join("\n  ", complaints)}");
    }

    private static string ReadStore(SettingsReader reader, List<string> complaints)
    {
        var store = reader.Required(Setting.Store);
        if (store.Contains('='))
        {
            try
            {
                _ = new NpgsqlConnectionStringBuilder(store);
            }
            catch (ArgumentException exception)
            {
                // The message names the keyword that is wrong and never the values, one of which is a password.
                complaints.Add(Setting.Store.Complaint($"with an '=' in it, it is a PostgreSQL connection string, and this one is wrong: {exception.Message}"));
            }
        }
        else if (store.Length > 0 && Path.GetDirectoryName(Path.GetFullPath(store)) is { } folder && !Directory.Exists(folder))
        {
            complaints.Add(Setting.Store.Complaint($"the folder {folder} does not exist; create it, for the user that runs Guildhall and nobody else (mode 0700)"));
        }

        return store;
    }
}

/// <summary>What memberships are made true on.</summary>
internal enum NetworkKind
{
    Register,
    Fabric,
    Emulated,
}
