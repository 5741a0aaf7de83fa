using System.Security.Cryptography.X509Certificates;
using Guildhall.Fabric;

namespace Guildhall.Networks;

/// <summary>An organization whose papers could be read, for as long as an inspection takes.</summary>
/// <param name="Administrator">Null where none was given, or its key cannot be used.</param>
/// <param name="Client">As the administrator.</param>
internal sealed record PreparedOrganization(OrganizationFiles Given, MspDefinition Msp, ISigner? Administrator, ISigner? Client, X509Certificate2? TlsCertificate) : IDisposable
{
    /// <summary>Who asks for it: a client rather than an administrator.</summary>
    public ISigner? Reader => Client ?? Administrator;

    public void Dispose()
    {
        (Administrator as IDisposable)?.Dispose();
        (Client as IDisposable)?.Dispose();
        TlsCertificate?.Dispose();
    }
}
