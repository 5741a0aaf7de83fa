
namespace Guildhall.Storage;

/// <summary>Says that a server has the SQLite store open: a second server, and <c>restore</c>, keep away from it.</summary>
/// <remarks>An advisory lock on a file beside the store. The system drops it when the process ends, however it ends; the file stays.</remarks>
internal sealed class StoreLock : IDisposable
{
    private readonly FileStream file;

    private StoreLock(FileStream file) => this.file = file;

    /// <exception cref="OperatorException">Another process holds it.</exception>
    public static StoreLock Take(string store)
    {
        var path = store + ".lock";
        try
        {
            return new StoreLock(PrivateFiles.Open(path, FileMode.OpenOrCreate, FileShare.None));
        }
        catch (IOException exception) when (exception.GetType() == typeof(IOException) && File.Exists(path))
        {
            throw new OperatorException($"A running Guildhall has the store {store} open. Stop it first, or name another store.");
        }
    }

    public void Dispose() => file.Dispose();
}
