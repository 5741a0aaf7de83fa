using Guildhall.Hosting;
using Guildhall.Sealing;

namespace Guildhall.Cli;

/// <summary>What commands that copy stores say of the key that the copy needs as well. They do not need it themselves.</summary>
internal static class StoreKeyOption
{
    private static string? Named => (string?[])[Environment.GetEnvironmentVariable(Setting.StoreKeyFile.Variable), Environment.GetEnvironmentVariable(Setting.FabricKeyFile.Variable)]
        is var names ? names.FirstOrDefault(name => !string.IsNullOrEmpty(name)) : null;

    /// <summary>Where the store's key is, as far as it can be seen from here.</summary>
    public static string InWords(string store) =>
        StoreKeys.FileBeside(store) is { } beside && File.Exists(beside) ? $"the file {beside}"
        : Named is { } named ? $"the file {named}"
        : $"that of {Setting.StoreKeyFile.Key} or {Setting.StoreKeyProgram.Key}";

    /// <summary>What to say where no key is to be seen for a store; null where one is.</summary>
    public static string? WhyNoKey(string store) => StoreKeys.FileBeside(store) is { } beside && !File.Exists(beside) && Named is null
        ? $"Its key is not here: put the key file back as {beside}, or name it with {Setting.StoreKeyFile.Key}. The store does not start without it."
        : null;
}
