using Guildhall.Programs;
using Guildhall.Sealing;

namespace Guildhall.Hosting;

/// <summary>Reads where the keys are that the store's secrets are sealed with.</summary>
internal static class StoreKeysReader
{
    /// <param name="store">As <see cref="Storage.Store.Open"/> takes it.</param>
    /// <param name="isRequired">Whether a store in PostgreSQL has to have one.</param>
    public static StoreKeys Read(SettingsReader reader, string store, bool isRequired, List<string> complaints)
    {
        var file = ReadFile(reader, complaints);
        var program = reader.Program(Setting.StoreKeyProgram) is { } path
            ? new KeyProgram(path, reader.Environment(Setting.StoreKeyProgramEnvironment, ProgramEnvironment.OfKeyProgram))
            : null;
        var keys = new StoreKeys(file, StoreKeys.FileBeside(store), program);
        if (isRequired && store.Length > 0 && !keys.IsPossible)
        {
            complaints.Add(Setting.StoreKeyFile.Complaint($"it is not set. {StoreKeys.NotNamed}"));
        }

        return keys;
    }

    private static string? ReadFile(SettingsReader reader, List<string> complaints)
    {
        var (named, earlier) = (reader.Text(Setting.StoreKeyFile), reader.Text(Setting.FabricKeyFile));
        if (named is not null && earlier is not null && Path.GetFullPath(named) != Path.GetFullPath(earlier))
        {
            complaints.Add(Setting.StoreKeyFile.Complaint($"it names {named}, and its older name {Setting.FabricKeyFile.Key} names {earlier}; set one of them. Keys of both files may stand in one, one a line"));
        }

        var setting = named is null ? Setting.FabricKeyFile : Setting.StoreKeyFile;
        if ((named ?? earlier) is { } file)
        {
            try
            {
                _ = KeyFile.Read(file);
            }
            catch (OperatorException problem)
            {
                complaints.Add(setting.Complaint(problem.Message));
            }
        }

        return named ?? earlier;
    }
}
