using System.Globalization;
using System.Net;
using Guildhall.Destinations;
using Guildhall.Memberships;
using Guildhall.Networks;
using Guildhall.Programs;
using Guildhall.Services;

namespace Guildhall.Hosting;

/// <summary>Values of settings by the place they come from, read as what they mean. What is wrong is collected, so that all is told at once.</summary>
/// <param name="file">By key.</param>
/// <param name="environment">The value of an environment variable, or null.</param>
/// <param name="option">The value of a command-line option, or null.</param>
internal sealed class SettingsReader(
    IReadOnlyDictionary<string, string> file, Func<string, string?> environment, Func<string, string?> option, List<string> complaints)
{
    public string? Text(Setting setting) =>
        NullIfEmpty(option(setting.Option)) ?? NullIfEmpty(environment(setting.Variable)) ?? NullIfEmpty(file.GetValueOrDefault(setting.Key));

    public string Required(Setting setting)
    {
        if (Text(setting) is { } text)
        {
            return text;
        }

        complaints.Add(setting.Complaint("it is not set"));
        return "";
    }

    public bool Flag(Setting setting)
    {
        switch (Text(setting))
        {
            case null or "false":
                return false;
            case "true":
                return true;
            case var text:
                complaints.Add(setting.Complaint($"it must be true or false, not {text}"));
                return false;
        }
    }

    public int Number(Setting setting, int otherwise, int min, int max)
    {
        if (Text(setting) is not { } text)
        {
            return otherwise;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max)
        {
            return number;
        }

        complaints.Add(setting.Complaint($"it must be a whole number from {min} to {max}, not {text}"));
        return otherwise;
    }

    public T Choice<T>(Setting setting, T otherwise, IReadOnlyDictionary<string, T> choices)
    {
        if (Text(setting) is not { } text)
        {
            return otherwise;
        }

        if (choices.TryGetValue(text, out var value))
        {
            return value;
        }

        complaints.Add(setting.Complaint($"it must be {string.Join(" or ", choices.Keys)}, not {text}"));
        return otherwise;
    }

    /// <summary>The full path of a program that is there.</summary>
    public string? Program(Setting setting)
    {
        if (Text(setting) is not { } program)
        {
            return null;
        }

        if (!Path.IsPathFullyQualified(program) || !File.Exists(program))
        {
            complaints.Add(setting.Complaint($"{program} is not the full path of a program that is there"));
        }
        else if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(program) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) is UnixFileMode.None)
        {
            complaints.Add(setting.Complaint($"{program} may not be executed; chmod +x it"));
        }

        return program;
    }

    /// <summary>Names of environment variables, separated by semicolons or commas.</summary>
    public ProgramEnvironment Environment(Setting setting, ProgramEnvironment otherwise)
    {
        if (Text(setting) is not { } text)
        {
            return otherwise;
        }

        var names = text.Split([';', ','], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        foreach (var name in names.Where(name => name.Length == 0 || !name.TrimEnd('*').All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_') || name.TrimEnd('*').Length < Math.Max(1, name.Length - 1)))
        {
            complaints.Add(setting.Complaint($"{name} is not the name of an environment variable, or the beginning of names with an asterisk behind it"));
        }

        return new ProgramEnvironment([.. names]);
    }

    /// <summary>Networks separated by semicolons; an address alone is the network of that one address.</summary>
    public IReadOnlyList<IPNetwork> Networks(Setting setting)
    {
        var networks = new List<IPNetwork>();
        foreach (var text in Parts(setting))
        {
            if (NetworkIn(text) is { } network)
            {
                networks.Add(network);
            }
            else
            {
                complaints.Add(setting.Complaint($"{text} is neither an address nor a network"));
            }
        }

        return networks;
    }

    /// <summary>Kinds of addresses and networks, separated by semicolons.</summary>
    public DestinationPolicy Destinations(Setting setting, DestinationPolicy otherwise)
    {
        if (Text(setting) is null)
        {
            return otherwise;
        }

        var policy = otherwise with { Kinds = [], Networks = [] };
        foreach (var text in Parts(setting))
        {
            if (DestinationPolicy.Names.TryGetValue(text, out var kind))
            {
                policy = policy with { Kinds = policy.Kinds.Add(kind) };
            }
            else if (NetworkIn(text) is { } network)
            {
                policy = policy with { Networks = policy.Networks.Add(network) };
            }
            else
            {
                complaints.Add(setting.Complaint($"{text} is neither {string.Join(" nor ", DestinationPolicy.Names.Keys)} nor a network"));
            }
        }

        return policy;
    }

    public LookLimits LookLimits()
    {
        var defaults = new LookLimits();
        return defaults with
        {
            AtOnce = Number(Setting.LooksAtOnce, defaults.AtOnce, 1, 1000),
            PerMinute = Number(Setting.LooksPerMinute, defaults.PerMinute, 0, 1_000_000),
        };
    }

    public Limits Limits()
    {
        const int many = 1_000_000;
        var defaults = new Limits();
        return new Limits
        {
            Services = Number(Setting.Services, defaults.Services, 1, many),
            InviteesPerCall = Number(Setting.InviteesPerCall, defaults.InviteesPerCall, 1, many),
            ItemsPerList = Number(Setting.ItemsPerList, defaults.ItemsPerList, 1, many),
            Basic = Of(Setting.Basic, defaults.Basic),
            Professional = Of(Setting.Professional, defaults.Professional),
            Enterprise = Of(Setting.Enterprise, defaults.Enterprise),
        };

        EditionLimits Of(EditionSettings edition, EditionLimits otherwise) => new(
            Number(edition.Members, otherwise.Members, 0, many),
            Number(edition.Channels, otherwise.Channels, 1, many),
            Number(edition.Peers, otherwise.PeersPerOrganization, 1, many));
    }

    public Quotas Quotas()
    {
        const int many = 1_000_000;
        var ordinary = Memberships.Quotas.Ordinary;
        return new Quotas
        {
            InvitationsPerDay = Number(Setting.InvitationsPerDay, ordinary.InvitationsPerDay, 0, many),
            OpenInvitationsPerInviter = Number(Setting.OpenInvitationsPerInviter, ordinary.OpenInvitationsPerInviter, 0, many),
            OpenInvitations = Number(Setting.OpenInvitations, ordinary.OpenInvitations, 0, many),
            WritesPerHour = Number(Setting.WritesPerHour, ordinary.WritesPerHour, 0, many),
            WriteBurst = Number(Setting.WriteBurst, ordinary.WriteBurst, 1, many),
            IdempotencyKeys = Number(Setting.IdempotencyKeys, ordinary.IdempotencyKeys, 0, many),
            TokensPerUser = Number(Setting.TokensPerUser, ordinary.TokensPerUser, 0, many),
        };
    }

    public LoadLimits LoadLimits()
    {
        const int many = 1_000_000;
        var defaults = new LoadLimits();
        return new LoadLimits
        {
            RequestsAtWork = Number(Setting.RequestsAtWork, defaults.RequestsAtWork, 1, many),
            Connections = Number(Setting.Connections, defaults.Connections, 1, many),
            ConnectionsPerAddress = Number(Setting.ConnectionsPerAddress, defaults.ConnectionsPerAddress, 1, many),
            RequestsPerAddress = Number(Setting.RequestsPerAddress, defaults.RequestsPerAddress, 1, many),
            LongAnswers = Number(Setting.LongAnswers, defaults.LongAnswers, 4, many),
            RequestsPerSecond = Number(Setting.RequestsPerSecond, defaults.RequestsPerSecond, 0, many),
            RequestBurst = Text(Setting.RequestBurst) is null ? null : Number(Setting.RequestBurst, 1, 1, many),
        };
    }

    private string[] Parts(Setting setting) => (Text(setting) ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static IPNetwork? NetworkIn(string text) =>
        IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
        : IPNetwork.TryParse(text, out var network) ? network
        : null;

    private static string? NullIfEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
