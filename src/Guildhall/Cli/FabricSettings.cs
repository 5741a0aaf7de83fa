using System.CommandLine;
using Guildhall.Hosting;
using Guildhall.Networks;
using Guildhall.Services;

namespace Guildhall.Cli;

/// <summary>The options by which a command learns of the server's settings: its configuration file, and where keys are.</summary>
internal sealed class FabricSettings
{
    private static readonly Setting[] Known = [Setting.FabricKeyFile, Setting.FabricSigner, Setting.FabricSignerEnvironment, Setting.FabricDestinations, Setting.FabricBlockMegabytes];

    private readonly Option<FileInfo?> config = new("--config") { Description = "The configuration file of guildhall serve, for the settings below and the limits.", HelpName = "FILE" };

    private readonly Dictionary<string, Option<string?>> settings = Known.ToDictionary(
        setting => setting.Option, setting => new Option<string?>(setting.Option) { Description = setting.Meaning, HelpName = setting.Example });

    public IEnumerable<Option> Options => [config, .. settings.Values];

    /// <summary>How a command reaches nodes. What exactly goes wrong is told where its errors are: whoever runs it is the operator.</summary>
    public static Nodes NodesOf(StoreInvocation run, NetworkSettings settings) => new(
        settings, onFailure: (_, address, detail) => run.Arguments.InvocationConfiguration.Error.WriteLine(PrintableText.Of($"{address}: {detail}")));

    /// <exception cref="OperatorException">A setting is wrong.</exception>
    public (NetworkSettings Settings, Limits Limits) Read(ParseResult arguments)
    {
        var complaints = new List<string>();
        var values = arguments.GetValue(config) is { } file ? SettingsFile.Read(file.FullName, complaints) : [];
        var reader = new SettingsReader(
            values, Environment.GetEnvironmentVariable, name => settings.TryGetValue(name, out var option) ? arguments.GetValue(option) : null, complaints);
        var read = (NetworkSettingsReader.Read(reader) with { ChangesChannels = true }, reader.Limits());
        return complaints.Count == 0 ? read : throw new OperatorException(string.Join('\n', complaints));
    }
}
