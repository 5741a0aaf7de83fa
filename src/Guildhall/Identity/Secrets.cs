using System.Buffers.Text;
using System.Security.Cryptography;

namespace Guildhall.Identity;

/// <summary>Random texts that nobody guesses, and the form a token is kept in.</summary>
public static class Secrets
{
    private const string CapitalsAndDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    internal const string LettersAndDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private const int TokenBytes = 32;
    private const int AccessKeyLength = 20;
    private const int SecretKeyLength = 40;

    /// <summary>256 random bits in base64url: 43 characters, the first never a dash, which command lines take for an option.</summary>
    public static string NewToken()
    {
        string token;
        do
        {
            token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TokenBytes));
        }
        while (token[0] == '-');

        return token;
    }

    /// <summary>20 capitals and digits, as the reference's access keys look.</summary>
    public static string NewAccessKey() => RandomNumberGenerator.GetString(CapitalsAndDigits, AccessKeyLength);

    /// <summary>40 letters and digits, as the reference's secret keys look.</summary>
    public static string NewSecretKey() => NewSecret(SecretKeyLength);

    public static string NewSecret(int length) => RandomNumberGenerator.GetString(LettersAndDigits, length);

    /// <summary>What the store keeps of a token: the lower-hex SHA-256. A token is random, so its hash needs no salt.</summary>
    public static string HashOfToken(string token) => Sha256.Hex(token);
}
